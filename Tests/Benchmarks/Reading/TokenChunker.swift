import Palimpsest
struct PieceChunker: Chunker {
  let tokens: Int
  let tokenizer: any Tokenizer
  var limit: Int { tokens * 32 }
  func cut(_ text: Span<UInt8>, isEnd: Bool) throws -> Cut? {
    guard let (bytes, count) = tokenizer.prefix(of: text, tokens: tokens, isEnd: isEnd) else {
      return text.count >= limit ? Cut(limit) : nil
    }
    _ = count
    return bytes == 0 ? nil : Cut(bytes)
  }
}
