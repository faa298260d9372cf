import Palimpsest
import SentenceRules

/// Packs whole lines up to a size: for logs, tables, verse, and texts with one record per line.
///
/// `count: 1` makes every line a chunk. A line longer than a chunk is cut at white space.
public struct LineChunker: PackingChunker {
  /// The longest chunk, in tokens of `tokenizer`.
  public var size: Int
  /// The most lines of a chunk; 0 is no bound.
  public var count: Int
  /// Counts `size`.
  public var tokenizer: any Tokenizer

  static let units = [Lines.end(in:from:isEnd:)]

  /// - Precondition: `size` is at least 1 and `count` not negative.
  public init(size: Int = 1024, count: Int = 0, by tokenizer: any Tokenizer = WordTokenizer()) {
    precondition(size > 0 && count >= 0, "chunks of \(size) tokens and \(count) lines")
    self.size = size
    self.count = count
    self.tokenizer = tokenizer
  }
}
