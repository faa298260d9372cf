import Palimpsest
import SentenceRules

/// Packs whole paragraphs up to a size. A paragraph ends behind a blank line or a form feed.
///
/// One that is longer than a chunk is packed by its sentences, and a sentence by its words.
public struct ParagraphChunker: PackingChunker {
  /// The longest chunk, in tokens of `tokenizer`.
  public var size: Int
  /// The most paragraphs of a chunk; 0 is no bound.
  public var count: Int
  /// Counts `size`.
  public var tokenizer: any Tokenizer

  static let units = [Paragraphs.end(in:from:isEnd:), Sentences.end(in:from:isEnd:)]

  /// - Precondition: `size` is at least 1 and `count` not negative.
  public init(size: Int = 1024, count: Int = 0, by tokenizer: any Tokenizer = WordTokenizer()) {
    precondition(size > 0 && count >= 0, "chunks of \(size) tokens and \(count) paragraphs")
    self.size = size
    self.count = count
    self.tokenizer = tokenizer
  }
}
