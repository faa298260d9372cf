import Palimpsest

/// Chunks of exactly `size` tokens; only the last has fewer.
///
///     TokenChunker(size: 1024, by: WordTokenizer())
///
/// The tokens are those of the whole text: chunk i is the text of the ids `i * size ..< (i + 1) * size` that the
/// tokenizer gives for it. Words and sentences may be cut. With `ScalarTokenizer` it counts Unicode scalars.
///
/// - A border may fall inside a scalar, or inside text that the tokenizer's normalization changes. That text belongs
///   to the chunk in which it ends. For a scalar, this chunk has up to three tokens more and the chunk before as
///   many fewer; all later borders stay where they are.
/// - A scalar with more tokens than `size` is a chunk, and counting starts again behind it.
/// - Inside a word that the tokenizer does not split and that is longer than `lookback` or `limit`, counting
///   starts at the chunk.
public struct TokenChunker: MeasuredChunker {
  /// Tokens of a chunk.
  public var size: Int
  /// Decides where tokens end.
  public var tokenizer: any Tokenizer

  /// - Precondition: `size` is at least 1.
  public init(size: Int = 1024, by tokenizer: any Tokenizer = WordTokenizer()) {
    precondition(size > 0, "chunks of \(size) tokens")
    self.size = size
    self.tokenizer = tokenizer
  }

  /// The most bytes that the tokens of a chunk may have.
  public var limit: Int { max(64, size * max(16, min(tokenizer.longestToken, 1024))) }
  /// The tokenizer's, in bytes; 0 for tokenizers whose tokens depend on no earlier text.
  public var lookback: Int { tokenizer.lookback }

  /// Exactly `size` tokens; fewer only at the end of the text.
  public func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
    cut(text, from: TokenPlace(0), isBegin: true, isEnd: isEnd)
  }

  /// Exactly `size` tokens; fewer only at the end of the text.
  public func cut(_ text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool) -> Cut? {
    let (viewEnd, isFull) = view(of: text.extracting(start.offset..<text.count))
    let view = text.extracting(first: start.offset + viewEnd)
    guard
      let end = tokenizer.end(
        ofNext: size, in: view, from: start, isBegin: isBegin, isEnd: isEnd && view.count == text.count)
        ?? (isFull ? tokenizer.end(ofNext: size, in: view, from: start, isBegin: isBegin, isEnd: true) : nil)
    else { return nil }
    if end.offset > start.offset { return Cut(end.offset - start.offset, ahead: end.ahead) }
    // A scalar may have more tokens than `size`, and an empty chunk would never end.
    let scalar = width(of: text[start.offset])
    let rest = text.count - start.offset
    return scalar <= rest ? Cut(scalar) : isEnd ? Cut(rest) : nil
  }
}
