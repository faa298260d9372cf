/// One token per UTF-8 byte: exact, and the finest a model of bytes sees. Token borders inside a
/// scalar are never reported.
public struct ByteTokenizer: Tokenizer {
  /// Stands in run records and tables.
  public let name = "bytes"

  public init() {}

  /// Bytes up to the limit, back to the last scalar border.
  public func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)? {
    let limit = max(limit, 0)
    if text.count <= limit { return isEnd ? (text.count, text.count) : nil }
    var end = limit
    while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
    return (end, end)
  }

  public func end(
    ofNext limit: Int, in text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool
  ) -> TokenPlace? {
    let (border, isOver) = (start.offset + start.ahead).addingReportingOverflow(limit)
    if isOver || border >= text.count { return isEnd ? TokenPlace(text.count) : nil }
    var end = border
    while end > start.offset, text[end] & 0xC0 == 0x80 { end -= 1 }
    return TokenPlace(end, ahead: border - end)
  }
}
