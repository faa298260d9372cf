import Foundation
import JSON

/// A conversation as tokens.
public struct RenderedChat: Sendable, Hashable {
  /// Token ids of the whole conversation, up to where the reply begins.
  public var ids: [Int]
  /// For each gap of the messages, in order, the index of the id behind it.
  public var gaps: [Int]
  /// Warnings, such as two begin-of-text tokens.
  public var warnings: [String]

  /// Without gaps the messages hold nothing but text.
  public init(ids: [Int], gaps: [Int] = [], warnings: [String] = []) {
    self.ids = ids
    self.gaps = gaps
    self.warnings = warnings
  }

  /// The warning for a chat behind the tokens that a tokenizer's files put before every text (`opening`): the
  /// chat may begin with them already. A rendered chat is complete; this check is for callers that open all
  /// prompts alike.
  ///
  /// - Returns: the warning; nil where no token stands twice.
  public func warning(behindOpeningOf tokenizer: BytePairTokenizer) -> String? {
    guard let opening = tokenizer.opening.last, ids.first == opening else { return nil }
    return Self.twice(opening, in: tokenizer)
  }

  static func twice(_ id: Int, in tokenizer: BytePairTokenizer) -> String {
    let token = tokenizer.bytes(of: id).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "the prompt begins with two begin-of-text tokens (\(id), \(shown(token))); models are trained with one"
  }
}

extension ChatFormat {
  /// A conversation as the tokens that a model of this family expects, up to where its reply begins.
  ///
  /// Text between two added tokens is encoded as one piece, trusted and foreign text together, as
  /// in the authors' templates; foreign text never makes an added token.
  ///
  /// - Throws: `TokenizerError.unexpected` where the vocabulary lacks a marker of the format, or the
  ///   family has no system's turn and one is given.
  /// - Precondition: a system's turn comes first; the last turn is the user's.
  public func render(_ messages: [ChatMessage], with tokenizer: BytePairTokenizer) throws -> RenderedChat {
    let last = messages.last?.role
    precondition(last == .user, "a reply follows a user's turn, not \(last?.rawValue ?? "nothing")")
    precondition(!messages.dropFirst().contains { $0.role == .system }, "a system's turn stands behind another")
    for marker in markers where tokenizer.id(ofAdded: marker) == nil {
      throw TokenizerError.unexpected(
        file: tokenizer.name, key: "added_tokens", expected: "to have \(marker), which the chat format \(name) needs",
        found: "without it")
    }
    guard systemPlace != .nowhere || messages.first?.role != .system else {
      throw TokenizerError.unexpected(
        file: tokenizer.name, key: "the conversation",
        expected: "without a system's turn, as the format \(name) has none",
        found: "with one")
    }
    var writer = ChatWriter(tokenizer)
    writer.add(ours: begin)
    var turns = messages[...]
    var systemText = defaultSystem
    if turns.first?.role == .system { systemText = turns.removeFirst().content }
    if let systemText, systemPlace == .own { writer.add(system, with: [tidied(systemText)]) }
    for (index, turn) in turns.enumerated() {
      if turn.role == .assistant {
        writer.add(assistant, with: [earlierReply(turn.content)])
        continue
      }
      var pieces = tidied(turn.pieces)
      if systemPlace == .lastUser, index == turns.count - 1, let systemText {
        pieces[0] = systemText + "\n\n" + pieces[0]
      }
      writer.add(user, with: pieces)
    }
    writer.add(ours: reply)
    let (ids, gaps) = writer.finished()
    var warnings: [String] = []
    let begins = Set(tokenizer.opening + [tokenizer.id(ofAdded: begin)].compactMap { $0 })
    if let first = ids.first, begins.contains(first), ids.dropFirst().first == first {
      warnings.append(RenderedChat.twice(first, in: tokenizer))
    }
    return RenderedChat(ids: ids, gaps: gaps, warnings: warnings)
  }

  private func tidied(_ text: String) -> String { trims ? text.strippedAsInTemplates : text }

  /// White space is removed at both ends of the whole text.
  private func tidied(_ pieces: [String]) -> [String] {
    guard pieces.count > 1, trims else { return pieces.isEmpty ? [""] : pieces.map(tidied) }
    var pieces = pieces
    pieces[0] = String(pieces[0].withoutBlanksInFront)
    pieces[pieces.count - 1] = String(pieces[pieces.count - 1].withoutBlanksBehind)
    return pieces
  }

  private func earlierReply(_ text: String) -> String {
    var content = tidied(text)
    if dropsThoughts, let end = content.range(of: "</think>", options: [.backwards, .literal]) {
      content = String(content.unicodeScalars[end.upperBound...].drop { $0 == "\n" })
    }
    return trimsReplies ? content.strippedAsInTemplates : content
  }
}

/// White space that Python, in which templates are run, takes for such: some control characters too, and not
/// the blank of width zero.
extension Unicode.Scalar {
  fileprivate var isBlankInTemplates: Bool { 0x1c...0x1f ~= value || properties.isWhitespace }
}

extension String {
  fileprivate var withoutBlanksInFront: Substring.UnicodeScalarView {
    unicodeScalars.drop { $0.isBlankInTemplates }
  }

  fileprivate var withoutBlanksBehind: Substring.UnicodeScalarView {
    let end = unicodeScalars.lastIndex { !$0.isBlankInTemplates }.map { unicodeScalars.index(after: $0) }
    return unicodeScalars[..<(end ?? unicodeScalars.startIndex)]
  }

  fileprivate var strippedAsInTemplates: String { String(String(withoutBlanksInFront).withoutBlanksBehind) }
}

/// Puts tokens and text together; text that meets text is one.
private struct ChatWriter {
  private let tokenizer: BytePairTokenizer
  private var ids: [Int] = []
  private var gaps: [Int] = []
  private var text = ""

  init(_ tokenizer: BytePairTokenizer) { self.tokenizer = tokenizer }

  mutating func add(_ turn: String, with pieces: [String]) {
    let parts = turn.split(separator: "{content}", maxSplits: 1, omittingEmptySubsequences: false)
    add(ours: String(parts[0]))
    guard parts.count == 2 else { return }
    for (index, piece) in pieces.enumerated() {
      if index > 0 {
        flush()
        gaps.append(ids.count)
      }
      text += piece
    }
    add(ours: String(parts[1]))
  }

  mutating func add(ours literal: String) {
    var literal = literal
    literal.withUTF8 { bytes in
      for section in tokenizer.vocabulary.added.sections(of: bytes, isNormalized: false, matching: .all) {
        switch section {
        case .text(let range): text += String(decoding: bytes[range], as: UTF8.self)
        case .token(let id):
          flush()
          ids.append(id)
        }
      }
    }
  }

  mutating func finished() -> (ids: [Int], gaps: [Int]) {
    flush()
    return (ids, gaps)
  }

  private mutating func flush() {
    ids += tokenizer.encode(text)
    text = ""
  }
}
