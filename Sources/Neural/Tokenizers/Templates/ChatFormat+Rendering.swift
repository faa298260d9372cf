import Jinja

extension ChatFormat {
  /// A conversation as the tokens that a model of this family expects, up to where its reply begins.
  ///
  /// Text between two added tokens is encoded as one piece, trusted and foreign text together, as
  /// in the authors' templates; foreign text never makes an added token.
  ///
  /// - Parameter replying: whether the reply is opened behind the conversation.
  /// - Throws: `TokenizerError.unexpected` where the vocabulary lacks a marker of the format;
  ///   `.refusedChat` where the template refuses the conversation, such as one with a system's turn;
  ///   `.template` where its evaluation fails, or where it does not write a turn that has gaps exactly once.
  public func render(
    _ messages: [ChatMessage], with tokenizer: BytePairTokenizer, replying: Bool = true
  ) throws -> RenderedChat {
    for marker in markers where tokenizer.id(ofAdded: marker) == nil {
      throw TokenizerError.unexpected(
        file: tokenizer.name, key: "added_tokens", expected: "to have \(marker), which the chat format \(name) needs",
        found: "without it")
    }
    var writer = ChatWriter(tokenizer)
    for part in try parts(of: messages, replying: replying) { writer.add(part) }
    let (ids, gaps, lost) = writer.finished()
    let wanted = messages.reduce(0) { $0 + max(0, $1.pieces.count - 1) }
    guard gaps.count == wanted else {
      throw TokenizerError.template(
        name: name, line: 1, reason: "it writes \(gaps.count) of the \(wanted) gaps for what is not text")
    }
    var warnings: [String] = []
    if let first = ids.first, ids.dropFirst().first == first, begins(tokenizer).contains(first) {
      warnings.append(RenderedChat.twice(first, in: tokenizer))
    }
    if lost > 0, let warning = tokenizer.missingBytesWarning { warnings.append(warning) }
    return RenderedChat(ids: ids, gaps: gaps, warnings: warnings, lostBytes: lost)
  }

  private func begins(_ tokenizer: BytePairTokenizer) -> Set<Int> {
    let names = ["<|begin_of_text|>", "<s>", tokens["bos_token"]].compactMap { $0 }
    return Set(tokenizer.opening + names.compactMap { tokenizer.id(ofAdded: $0) })
  }

  /// The ids that end a reply: those of `stops` that the vocabulary has. A format without stops has the end of text,
  /// and the token that the template writes behind an earlier reply.
  public func stopIDs(in tokenizer: BytePairTokenizer) -> [Int] {
    guard stops.isEmpty else { return stops.compactMap { tokenizer.id(ofAdded: $0) } }
    var ids = [tokens["eos_token"].flatMap { tokenizer.id(ofAdded: $0) }].compactMap { $0 }
    let chat = [ChatMessage(.user, "a"), ChatMessage(.assistant, "b"), ChatMessage(.user, "c")]
    // A template that refuses this conversation says nothing about where replies end.
    let parts = (try? parts(of: chat, replying: false)) ?? []
    if let reply = parts.lastIndex(of: .foreign("b")), case .trusted(let text)? = parts[(reply + 1)...].first,
      let id = tokenizer.firstToken(of: text), tokenizer.isSpecial(id), !ids.contains(id)
    {
      ids.append(id)
    }
    return ids
  }
}

extension BytePairTokenizer {
  /// The added token at the beginning of a trusted text, behind white space.
  fileprivate func firstToken(of text: String) -> Int? {
    var text = text
    return text.withUTF8 { bytes in
      for section in vocabulary.added.sections(of: bytes, isNormalized: false, matching: .all) {
        switch section {
        case .token(let id): return id
        case .text(let range):
          let text = String(decoding: bytes[range], as: UTF8.self)
          guard text.unicodeScalars.allSatisfy(\.properties.isWhitespace) else { return nil }
        }
      }
      return nil
    }
  }
}

/// Puts what a template writes together, and encodes it.
private struct ChatWriter {
  private let tokenizer: BytePairTokenizer
  private var ids: [Int] = []
  private var gaps: [Int] = []
  /// Bytes that have no token.
  private var lost = 0
  /// The text since the last gap, and which of its bytes are foreign.
  private var bytes: [UInt8] = []
  private var isForeign: [Bool] = []

  init(_ tokenizer: BytePairTokenizer) { self.tokenizer = tokenizer }

  mutating func add(_ part: JinjaPart) {
    switch part {
    case .trusted(let text): append(text, isForeign: false)
    case .foreign(let text): append(text, isForeign: true)
    case .gap:
      flush()
      gaps.append(ids.count)
    }
  }

  private mutating func append(_ text: String, isForeign: Bool) {
    bytes += text.utf8
    self.isForeign += repeatElement(isForeign, count: text.utf8.count)
  }

  mutating func finished() -> (ids: [Int], gaps: [Int], lost: Int) {
    flush()
    return (ids, gaps, lost)
  }

  private mutating func flush() {
    let isForeign = isForeign
    lost += bytes.withUnsafeBufferPointer { tokenizer.vocabulary.symbols.lost(in: $0) }
    ids += tokenizer.encode(bytes, matchingIn: { range in !isForeign[range].contains(true) })
    bytes = []
    self.isForeign = []
  }
}
