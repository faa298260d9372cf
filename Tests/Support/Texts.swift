import Palimpsest
import Synchronization

/// A text that arrives in pieces of one size, as from a slow pipe.
public struct PiecewiseText: TextSource {
  public let bytes: [UInt8]
  public let size: Int

  public init(_ text: String, size: Int) { self.init(Array(text.utf8), size: size) }

  public init(_ bytes: [UInt8], size: Int) {
    self.bytes = bytes
    self.size = size
  }

  public func piece(from offset: Int) -> [UInt8]? {
    offset < bytes.count ? Array(bytes[offset..<min(offset + size, bytes.count)]) : nil
  }
}

/// A text without end, made as it is read, that remembers how far it was.
public final class EndlessText: TextSource {
  private let line = Array("The river flows on. ".utf8)
  private let furthest = Mutex(0)

  public init() {}

  /// Bytes that were handed out.
  public var read: Int { furthest.withLock(\.self) }

  public func piece(from offset: Int) -> [UInt8]? {
    let piece = (offset..<(offset + 100)).map { line[$0 % line.count] }
    furthest.withLock { $0 = max($0, offset + piece.count) }
    return piece
  }
}

/// A stream that comes in chunks.
public struct ListedChunks: ChunkSource {
  public let chunks: [Chunk]

  public init(_ chunks: [Chunk]) { self.chunks = chunks }

  public func chunk(at index: Int, from offset: Int) -> Chunk? {
    index < chunks.count ? chunks[index] : nil
  }
}
