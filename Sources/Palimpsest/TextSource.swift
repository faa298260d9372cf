/// A text of any length, read as UTF-8 from any offset.
///
/// It is never held whole. A source keeps no position, so a reading can be resumed, shared and
/// generated on the fly. A piece may end inside a scalar; the next piece continues there.
///
/// - Returns: at least one byte, or nil at the end of the text.
/// - Throws: when the text cannot be read (a missing file, a pipe that was already read past).
public protocol TextSource: Sendable {
  func piece(from offset: Int) async throws -> [UInt8]?
}

/// A text that is in memory already.
public struct StringText: TextSource {
  /// UTF-8.
  public let bytes: [UInt8]

  private static let pieceSize = 65_536

  /// Copies the string's UTF-8.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// At most 64 KiB from the offset; nil at the end.
  public func piece(from offset: Int) -> [UInt8]? {
    guard offset < bytes.count else { return nil }
    return Array(bytes[offset..<min(offset + Self.pieceSize, bytes.count)])
  }
}

/// A stream that already comes in chunks: turns of a conversation, frames, feature vectors.
public protocol ChunkSource: Sendable {
  /// The kinds of its chunks; `text` alone by default. Compared with the kinds that the memory reads
  /// before the first chunk is read.
  var kinds: Set<Chunk.Kind> { get }
  /// The chunk of this index, which begins at this offset; nil at the end of the stream.
  func chunk(at index: Int, from offset: Int) async throws -> Chunk?
}

extension ChunkSource {
  /// Text alone.
  public var kinds: Set<Chunk.Kind> { [.text] }
}

/// The source of a question: a text, which the reader's chunker cuts, or a stream of chunks.
public enum Source: Sendable {
  case text(any TextSource)
  case chunks(any ChunkSource)

  /// A string as a source.
  public static func text(_ text: String) -> Source { .text(StringText(text)) }

  /// What its chunks are made of.
  public var kinds: Set<Chunk.Kind> {
    switch self {
    case .text: [.text]
    case .chunks(let source): source.kinds
    }
  }
}
