extension BytePairTokenizer {
  /// The text of tokens. Bytes that make no scalar become U+FFFD.
  ///
  /// - Parameter showingSpecial: whether special tokens are written out; otherwise they are left
  ///   out.
  /// - Precondition: each id is a token's.
  public func decode(_ ids: some Sequence<Int>, showingSpecial: Bool = true) -> String {
    var bytes: [UInt8] = []
    var isFirst = true
    for id in ids {
      append(id, showingSpecial: showingSpecial, to: &bytes)
      if isFirst, !bytes.isEmpty {
        bytes.removeFirst(leadingBlanks(of: bytes))
        isFirst = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How many blanks at the front of the first token's bytes were put there by encoding.
  func leadingBlanks(of bytes: [UInt8]) -> Int {
    switch vocabulary.strip {
    case .nothing: 0
    case .blank: bytes.first == 0x20 ? 1 : 0
    case .firstToken: bytes.prefix { $0 == 0x20 }.count
    }
  }

  func append(_ id: Int, showingSpecial: Bool, to bytes: inout [UInt8]) {
    if let added = vocabulary.added.token(id) {
      if showingSpecial || !added.isSpecial { bytes += added.content.utf8 }
      return
    }
    if let byte = vocabulary.symbols.byte(of: UInt32(id)) { return bytes.append(byte) }
    let token = vocabulary.table[id]
    precondition(!token.isEmpty, "no token has the id \(id); the vocabulary \(name) ends at \(idEnd)")
    bytes += token
  }

  /// A value that takes the tokens of a reply as they arrive and returns their text.
  public func textStream(showingSpecial: Bool = false) -> TextStream {
    TextStream(of: self, showingSpecial: showingSpecial)
  }
}

/// Turns tokens into text one at a time, never giving half a scalar.
///
///     var stream = tokenizer.textStream()
///     for id in reply { print(stream.feed(id), terminator: "") }
///     print(stream.finish())
///
/// Its pieces joined equal the result of `decode` for all tokens at once.
public struct TextStream: Sendable {
  private let tokenizer: BytePairTokenizer
  private let showingSpecial: Bool
  /// The bytes of a scalar that is not complete yet.
  private var pending: [UInt8] = []
  private var isFirst = true

  init(of tokenizer: BytePairTokenizer, showingSpecial: Bool) {
    self.tokenizer = tokenizer
    self.showingSpecial = showingSpecial
  }

  /// The text that a token completes; empty while a scalar is open.
  ///
  /// - Precondition: the id is a token's.
  public mutating func feed(_ id: Int) -> String {
    tokenizer.append(id, showingSpecial: showingSpecial, to: &pending)
    if isFirst, !pending.isEmpty {
      pending.removeFirst(tokenizer.leadingBlanks(of: pending))
      isFirst = false
    }
    let open = Self.openBytes(at: pending)
    let text = String(decoding: pending.dropLast(open), as: UTF8.self)
    pending.removeFirst(pending.count - open)
    return text
  }

  /// The rest at the end: an unfinished scalar as U+FFFD.
  public mutating func finish() -> String {
    defer { (pending, isFirst) = ([], true) }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end may still become a scalar.
  private static func openBytes(at bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let place = bytes.count - length
      let lead = bytes[place]
      if lead & 0xC0 == 0x80 { continue }
      let width = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
      guard width > length else { return 0 }
      if length == 1 { return 1 }
      // Second bytes that no scalar has: overlong forms, surrogates, what is above U+10FFFF.
      let second = bytes[place + 1]
      switch lead {
      case 0xE0: return second >= 0xA0 ? length : 0
      case 0xED: return second < 0xA0 ? length : 0
      case 0xF0: return second >= 0x90 ? length : 0
      case 0xF4: return second < 0x90 ? length : 0
      default: return length
      }
    }
    return 0
  }
}
