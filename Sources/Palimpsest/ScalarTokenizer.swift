/// One token per Unicode scalar: what budgets given in characters mean here. A letter with a
/// combining mark is two, a family emoji up to seven.
public struct ScalarTokenizer: Tokenizer {
  /// Stands in run records and tables.
  public let name = "characters"

  public init() {}

  /// Scalars up to the limit.
  public func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)? {
    let limit = max(limit, 0)
    var place = 0
    var count = 0
    // As many bytes as scalars are still wanted never hold too many of them.
    while place < text.count, count < limit {
      let end = min(place + (limit - count), text.count)
      count += end - place - continuations(in: text.extracting(place..<end))
      place = end
    }
    // The last scalar's own later bytes.
    while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
    if place < text.count { return (place, limit) }
    return isEnd ? (place, count) : nil
  }

  /// Bytes that are not the first of their scalar, eight at a time: those whose two high bits are 10.
  private func continuations(in text: Span<UInt8>) -> Int {
    let bytes = text.bytes
    var count = 0
    var place = 0
    while text.count - place >= 8 {
      // At most 31 words, so that the eight counts in `sums` and their total stay below 256.
      let end = min(place + 31 * 8, text.count & ~7)
      var sums: UInt64 = 0
      while place < end {
        let word = bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
        sums &+= (word & ~(word << 1)) >> 7 & 0x0101_0101_0101_0101
        place += 8
      }
      count += Int((sums &* 0x0101_0101_0101_0101) >> 56)
    }
    while place < text.count {
      count += text[place] >> 6 == 2 ? 1 : 0
      place += 1
    }
    return count
  }
}
