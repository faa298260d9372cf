import Palimpsest

/// Chunks of another chunker, each extended by some tokens into the next, so that text around a
/// border stands whole in one of two chunks.
///
///     TokenChunker(size: 960, by: tokenizer).overlapping(by: 64)   // 1024 tokens, 64 of them shared
///
/// Every chunk begins where a chunk of the other chunker begins, so natural borders stay where they
/// are and a reading can resume at any of them. The overlap is added to the other's size.
public struct Overlapping<Base: Chunker>: Chunker {
  /// Decides where chunks begin.
  public var base: Base
  /// Tokens of the next chunk that are added; fewer at the end of the text.
  public var overlap: Int
  /// Counts the overlap.
  public var tokenizer: any Tokenizer

  /// The base's limit and the overlap's, in bytes.
  public var limit: Int { base.limit + reach }
  /// The larger of the base's and the tokenizer's, in bytes.
  public var lookback: Int { max(base.lookback, tokenizer.lookback) }

  /// Bytes that are read for the overlap, as in `TokenChunker.limit` for chunks.
  private var reach: Int { max(64, overlap * max(16, min(tokenizer.longestToken, 1024))) }

  /// The base's cut, extended into the text behind it; `next` stays the base's.
  public func cut(_ text: Span<UInt8>, isEnd: Bool) throws -> Cut? {
    try cut(text, from: TokenPlace(0), isBegin: true, isEnd: isEnd)
  }

  /// The base's cut, extended into the text behind it; `next` stays the base's.
  public func cut(_ text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool) throws -> Cut? {
    guard let cut = try base.cut(text, from: start, isBegin: isBegin, isEnd: isEnd) else { return nil }
    if overlap == 0 || isEnd && start.offset + cut.length == text.count { return cut }
    let next = TokenPlace(start.offset + cut.next, ahead: cut.ahead)
    let isFull = text.count - next.offset >= reach
    let view = isFull ? text.extracting(first: floor(of: next.offset + reach - 1, in: text)) : text
    let open = tokenizer.end(ofNext: overlap, in: view, from: next, isBegin: isBegin, isEnd: isEnd && !isFull)
    let tail =
      open ?? (isFull ? tokenizer.end(ofNext: overlap, in: view, from: next, isBegin: isBegin, isEnd: true) : nil)
    guard let length = tail.map({ $0.offset - start.offset }) else { return nil }
    return Cut(
      max(cut.length, length), next: cut.next, ahead: cut.ahead, endsUnit: cut.endsUnit && length <= cut.length)
  }
}

extension Chunker {
  /// The same chunks, each extended by that many tokens into the next.
  public func overlapping(by overlap: Int, of tokenizer: any Tokenizer) -> Overlapping<Self> {
    precondition(overlap >= 0, "an overlap of \(overlap) tokens")
    return Overlapping(base: self, overlap: overlap, tokenizer: tokenizer)
  }
}

extension MeasuredChunker {
  /// The same chunks, each extended by that many of the chunker's own tokens into the next.
  public func overlapping(by overlap: Int) -> Overlapping<Self> { overlapping(by: overlap, of: tokenizer) }
}
