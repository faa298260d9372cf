/// The added tokens of a vocabulary, ready to be found.
struct AddedVocabulary: Sendable {
  let tokens: [AddedToken]
  private let byID: [Int: Int]
  private let byContent: [String: Int]
  /// Looked for before normalization, and after it.
  private let plain: TokenTrie
  private let normalized: TokenTrie

  init(_ tokens: [AddedToken], form: Normalization?) {
    self.tokens = tokens
    byID = Dictionary(tokens.enumerated().map { ($0.element.id, $0.offset) }) { first, _ in first }
    byContent = Dictionary(tokens.enumerated().map { ($0.element.content, $0.offset) }) { first, _ in first }
    var plain = TokenTrie()
    var normalized = TokenTrie()
    for (index, token) in tokens.enumerated() {
      if token.isNormalized {
        normalized.insert(Array((form?.normalized(token.content) ?? token.content).utf8), index)
      } else {
        plain.insert(Array(token.content.utf8), index)
      }
    }
    self.plain = plain
    self.normalized = normalized
  }

  func token(_ id: Int) -> AddedToken? { byID[id].map { tokens[$0] } }
  func token(_ content: String) -> AddedToken? { byContent[content].map { tokens[$0] } }

  enum Section {
    case text(Range<Int>)
    case token(Int)
  }

  /// A text cut into added tokens and what stands between them.
  ///
  /// - Parameter isAllowed: whether a token may be found in a range; by default anywhere.
  func sections(
    of text: UnsafeBufferPointer<UInt8>, isNormalized: Bool, matching: AddedTokens,
    where isAllowed: (Range<Int>) -> Bool = { _ in true }
  ) -> [Section] {
    let trie = isNormalized ? normalized : plain
    guard matching != .none, !trie.isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var sections: [Section] = []
    var done = 0
    var place = 0
    while let (index, range) = trie.next(in: text, from: place) {
      guard isAllowed(range) else {
        place = range.lowerBound + 1
        continue
      }
      place = range.upperBound
      let token = tokens[index]
      if token.isSpecial, matching == .ordinary { continue }
      if token.isSingleWord, !standsAlone(range, in: text) { continue }
      var (start, end) = (range.lowerBound, range.upperBound)
      if token.takesBlanksBefore { start = max(Self.blanksStart(in: text, before: start), done) }
      if token.takesBlanksBehind { end = Self.blanksEnd(in: text, behind: end) }
      if start > done { sections.append(.text(done..<start)) }
      sections.append(.token(token.id))
      done = end
    }
    if done < text.count { sections.append(.text(done..<text.count)) }
    return sections
  }

  private func standsAlone(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
    let before = String(decoding: text[..<range.lowerBound].suffix(4), as: UTF8.self).unicodeScalars.last
    let behind = String(decoding: text[range.upperBound...].prefix(4), as: UTF8.self).unicodeScalars.first
    return !(before.map(Self.isWord) ?? false) && !(behind.map(Self.isWord) ?? false)
  }

  /// `\w`: letters, marks, decimal digits, connecting punctuation.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return properties.isAlphabetic || properties.isJoinControl
      || [.nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation]
        .contains(properties.generalCategory)
  }

  private static func blanksStart(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
    var start = end
    while start > 0 {
      var place = start - 1
      while place > 0, start - place < 4, text[place] & 0xC0 == 0x80 { place -= 1 }
      guard isBlank(text[place..<start]) else { break }
      start = place
    }
    return start
  }

  private static func blanksEnd(in text: UnsafeBufferPointer<UInt8>, behind start: Int) -> Int {
    var end = start
    while end < text.count {
      var place = end + 1
      while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
      guard isBlank(text[end..<place]) else { break }
      end = place
    }
    return end
  }

  private static func isBlank(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }
}
