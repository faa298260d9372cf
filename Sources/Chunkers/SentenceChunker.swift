import Palimpsest
import SentenceRules

/// Packs whole sentences up to a size. `Sentences` defines what a sentence is.
///
///     SentenceChunker(size: 16).chunks(of: StringText("Mr. Bell rang. Nobody came. He left."))
///
/// `count: 1` makes every sentence a chunk. A sentence longer than a chunk is cut at white space.
public struct SentenceChunker: PackingChunker {
  /// The longest chunk, in tokens of `tokenizer`.
  public var size: Int
  /// The most sentences of a chunk; 0 is no bound.
  public var count: Int
  /// Counts `size`.
  public var tokenizer: any Tokenizer

  static let units = [Sentences.end(in:from:isEnd:)]

  /// - Precondition: `size` is at least 1 and `count` not negative.
  public init(size: Int = 1024, count: Int = 0, by tokenizer: any Tokenizer = WordTokenizer()) {
    precondition(size > 0 && count >= 0, "chunks of \(size) tokens and \(count) sentences")
    self.size = size
    self.count = count
    self.tokenizer = tokenizer
  }
}
