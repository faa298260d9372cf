import Palimpsest

/// Chunks of exactly `size` tokens; only the last has fewer.
///
///     TokenChunker(size: 1024, by: WordTokenizer())
///
/// The size is exact by the given tokenizer, so the cost of a chunk in a prompt is known
/// beforehand. Words and sentences may be cut. With `ScalarTokenizer` it counts Unicode scalars.
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

  /// Exactly `size` tokens; fewer only at the end of the text.
  public func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
    let view = view(of: text)
    return room(in: text, view: view.end, isFull: view.isFull, isEnd: isEnd).map { Cut($0) }
  }
}
