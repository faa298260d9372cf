import Palimpsest

/// Packs whole paragraphs up to a size. A paragraph ends behind a blank line or a form feed.
///
/// One that is longer than a chunk is packed by its sentences, and a sentence by its words.
public struct ParagraphChunker: PackingChunker {
  public var size: Int
  public var count: Int
  public var tokenizer: any Tokenizer

  static let units = [Paragraphs.end(in:from:isEnd:), Sentences.end(in:from:isEnd:)]

  public init(size: Int = 1024, count: Int = 0, by tokenizer: any Tokenizer = WordTokenizer()) {
    precondition(size > 0 && count >= 0, "chunks of \(size) tokens and \(count) paragraphs")
    self.size = size
    self.count = count
    self.tokenizer = tokenizer
  }
}
