/// One word of a text, and the places in or behind it where the text may be cut.
///
/// Two facts make cuts sound. First, between two tokens of one word no merge ever reached across: the
/// earliest possible merge of the whole was the earliest of its side, so each side, merged alone, goes
/// through the same merges and ends in the same tokens. Second, a cut is allowed only where each side,
/// split alone, gives the same words; the rules below say where that is. The law tests check both on
/// real text and on noise.
struct Word {
  let text: UnsafeBufferPointer<UInt8>
  let range: Range<Int>
  let vocabulary: Vocabulary

  private var reader: ScalarReader? {
    text.baseAddress.map { ScalarReader($0, end: text.count) }
  }

  /// Whether the text may be cut behind the word.
  ///
  /// `a␣␣1` is a|␣|␣|1, but `a␣␣` is a|␣␣: at the end of a text a run of blanks stays whole. So the
  /// last blank of a run is not an end.
  var isEnd: Bool {
    guard let reader, range.lowerBound > 0 else { return true }
    guard let (kind, width) = kinds(in: range).first(where: { _ in true }), ScalarClasses.isBlank(kind),
      width == range.count
    else { return true }
    var before = range.lowerBound - 1
    while before > 0, range.lowerBound - before < 4, text[before] & 0xC0 == 0x80 { before -= 1 }
    let previous = reader.kind(at: before).kind
    return !ScalarClasses.isBlank(previous)
      || vocabulary.splitting.pattern != .gpt2 && previous == ScalarClasses.newline
  }

  /// Where the word may be cut, from the back, with the number of its tokens before the cut.
  ///
  /// - Parameter limit: the most tokens.
  func cuts(upTo limit: Int, _ tokens: UnsafeBufferPointer<UInt32>) -> [(place: Int, tokens: Int)] {
    var cuts: [(place: Int, tokens: Int)] = []
    var place = range.lowerBound
    for (index, token) in tokens.prefix(max(0, min(limit, tokens.count - 1))).enumerated() {
      place = vocabulary.end(of: token, from: place, in: text, to: range.upperBound)
      guard place < range.upperBound, text[place] & 0xC0 != 0x80 else { continue }
      cuts.append((place, index + 1))
    }
    // Rules look at the scalars on both sides: only the last few cuts are worth it.
    return cuts.reversed().prefix(32).filter { isCut($0.place, $0.tokens, of: tokens.count) }
  }

  private func isCut(_ place: Int, _ number: Int, of count: Int) -> Bool {
    splitsAlike(at: place) && isMerged(range.lowerBound..<place, to: number)
      && isMerged(place..<range.upperBound, to: count - number)
  }

  /// Where words that are tokens are not merged, a part that is a token is that one token.
  private func isMerged(_ part: Range<Int>, to count: Int) -> Bool {
    guard vocabulary.ignoresMerges, count > 1, part.count <= Limits.tokenBytes else { return true }
    return vocabulary.table.id(of: UnsafeBufferPointer(rebasing: text[part])) == nil
  }

  /// Whether both sides of a cut are one word each, whatever stands around them.
  private func splitsAlike(at place: Int) -> Bool {
    guard let pattern = vocabulary.splitting.pattern else { return true }
    guard let last = lastKind else { return false }
    let left = range.lowerBound..<place
    switch last {
    case ScalarClasses.letter:
      // Contractions are whole or nothing. The space at the front goes with the first letter.
      let isContraction = text[range.lowerBound] == 0x27 && range.count <= 3
      return !isContraction && !isBlank(left)
    case ScalarClasses.number:
      return pattern == .gpt2 && vocabulary.splitting.digits == nil && !isBlank(left)
    default:
      guard !isBlank(range) else {
        // A run with line breaks ends in one.
        let hasBreak = text[range].contains { $0 == 0x0A || $0 == 0x0D }
        return pattern == .gpt2 || !hasBreak || text[place - 1] == 0x0A || text[place - 1] == 0x0D
      }
      // A single mark might belong to the letters behind it.
      let marks = kinds(in: place..<range.upperBound).prefix(2).filter { $0.kind == ScalarClasses.other }
      return marks.count == 2 && !isBlank(left)
    }
  }

  private var lastKind: UInt8? {
    var place = range.upperBound - 1
    while place > range.lowerBound, text[place] & 0xC0 == 0x80 { place -= 1 }
    return reader?.kind(at: place).kind
  }

  private func isBlank(_ part: Range<Int>) -> Bool {
    kinds(in: part).allSatisfy { ScalarClasses.isBlank($0.kind) }
  }

  private func kinds(in part: Range<Int>) -> some Sequence<(kind: UInt8, width: Int)> {
    let reader = reader
    return sequence(state: part.lowerBound) { place in
      guard place < part.upperBound, let found = reader?.kind(at: place) else { return nil }
      place += found.width
      return found
    }
  }
}
