/// One token per Unicode scalar: what budgets given in characters mean here. A letter with a
/// combining mark is two, a family emoji up to seven.
public struct ScalarTokenizer: Tokenizer {
  public let name = "characters"

  public init() {}

  public func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)? {
    let limit = max(limit, 0)
    var place = 0
    var count = 0
    // As many bytes as scalars are still wanted never hold too many of them.
    while place < text.count, count < limit {
      let end = min(place + (limit - count), text.count)
      var continuations = 0
      for index in place..<end { continuations += text[unchecked: index] & 0xC0 == 0x80 ? 1 : 0 }
      count += end - place - continuations
      place = end
    }
    // The last scalar's own later bytes.
    while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
    if place < text.count { return (place, limit) }
    return isEnd ? (place, count) : nil
  }
}
