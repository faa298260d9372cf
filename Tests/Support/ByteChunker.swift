import Palimpsest

/// Cuts a text every so many bytes, never inside a scalar: the smallest chunker there is, so that
/// tests of memories need no other room.
public struct ByteChunker: Chunker {
  public let size: Int
  public var limit: Int { size }

  public init(_ size: Int) { self.size = size }

  public func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
    if text.count < size { return isEnd ? Cut(text.count) : nil }
    var end = size
    while end > 0, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
    return Cut(end > 0 ? end : text.count)
  }
}
