import Foundation
import JSON

/// A conversation as tokens.
public struct RenderedChat: Sendable, Hashable {
  public var ids: [Int]
  /// What may be wrong with it, such as two begin-of-text tokens.
  public var warnings: [String]

  public init(ids: [Int], warnings: [String] = []) {
    self.ids = ids
    self.warnings = warnings
  }

  /// What would be wrong with it behind the tokens that a tokenizer's files put before every text (`opening`): that it
  /// already begins with them. A rendered chat is whole; this is for callers who open all prompts alike.
  ///
  /// - Returns: the warning in words; nil where nothing stands twice.
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
  /// Text between two added tokens is encoded as one, ours and foreign together, as the authors'
  /// templates do; foreign text makes no added token, whatever it says.
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
    if let systemText, systemPlace == .own { writer.add(system, with: tidied(systemText)) }
    for (index, turn) in turns.enumerated() {
      var content = tidied(turn.content)
      if turn.role == .assistant, dropsThoughts,
        let end = content.range(of: "</think>", options: [.backwards, .literal])
      {
        content = String(content.unicodeScalars[end.upperBound...].drop { $0 == "\n" })
      }
      if turn.role == .assistant, trimsReplies { content = content.strippedAsInTemplates }
      if systemPlace == .lastUser, index == turns.count - 1, let systemText { content = systemText + "\n\n" + content }
      writer.add(turn.role == .assistant ? assistant : user, with: content)
    }
    writer.add(ours: reply)
    let ids = writer.finished()
    var warnings: [String] = []
    let begins = Set(tokenizer.opening + [tokenizer.id(ofAdded: begin)].compactMap { $0 })
    if let first = ids.first, begins.contains(first), ids.dropFirst().first == first {
      warnings.append(RenderedChat.twice(first, in: tokenizer))
    }
    return RenderedChat(ids: ids, warnings: warnings)
  }

  private func tidied(_ text: String) -> String { trims ? text.strippedAsInTemplates : text }
}

extension String {
  /// Without the white space at both ends that Python, in which templates are run, takes for such: some control
  /// characters too, and not the blank of width zero.
  fileprivate var strippedAsInTemplates: String {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      0x1c...0x1f ~= scalar.value || scalar.properties.isWhitespace
    }
    let rest = unicodeScalars.drop(while: isBlank)
    let end = rest.lastIndex { !isBlank($0) }.map { rest.index(after: $0) } ?? rest.startIndex
    return String(rest[..<end])
  }
}

/// Puts tokens and text together; text that meets text is one.
private struct ChatWriter {
  private let tokenizer: BytePairTokenizer
  private var ids: [Int] = []
  private var text = ""

  init(_ tokenizer: BytePairTokenizer) { self.tokenizer = tokenizer }

  mutating func add(_ turn: String, with content: String) {
    let parts = turn.split(separator: "{content}", maxSplits: 1, omittingEmptySubsequences: false)
    add(ours: String(parts[0]))
    guard parts.count == 2 else { return }
    text += content
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

  mutating func finished() -> [Int] {
    flush()
    return ids
  }

  private mutating func flush() {
    ids += tokenizer.encode(text)
    text = ""
  }
}
