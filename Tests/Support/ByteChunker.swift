import Palimpsest

/// Cuts a text every so many bytes, never inside a scalar: the smallest chunker there is, so that
/// tests of memories need no other room.
public struct ByteChunker: Chunker {
  public let size: Int
  public let overlap: Int
  public var limit: Int { size + 3 }

  /// - Parameter overlap: bytes that the next chunk begins before the end of this one.
  public init(_ size: Int, overlap: Int = 0) {
    precondition(size > overlap && overlap >= 0, "chunks of \(size) bytes that overlap by \(overlap)")
    self.size = size
    self.overlap = overlap
  }

  public func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
    // A scalar that the size would cut is taken whole.
    var end = size
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    if end >= text.count { return isEnd ? Cut(text.count) : nil }
    var next = end - overlap
    while next < end, text[next] & 0xC0 == 0x80 { next += 1 }
    return Cut(end, next: next)
  }
}
