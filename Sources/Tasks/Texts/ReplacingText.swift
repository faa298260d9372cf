import Palimpsest

/// A text in which every byte that is not valid UTF-8 is a question mark.
///
/// One byte for one byte, so offsets stay those of the text underneath, which U+FFFD with its three
/// bytes would shift. Whether a byte belongs to a character is decided by its three neighbours on
/// either side, so pieces from any offset agree.
public struct ReplacingText: TextSource {
  private let base: any TextSource

  /// - Parameter base: asked for pieces from any offset.
  public init(_ base: any TextSource) { self.base = base }

  /// A piece of the base, of the same length.
  public func piece(from offset: Int) async throws -> [UInt8]? {
    guard let piece = try await base.piece(from: offset) else { return nil }
    let end = offset + piece.count
    // Neighbours are looked at only where a character may reach over the piece's border.
    let before = piece[0] & 0xC0 == 0x80 ? try await bytes(max(0, offset - 3)..<offset) : []
    let isCutOff = (before + piece.suffix(3)).suffix(3).contains { $0 & 0xC0 == 0xC0 }
    let after = isCutOff ? try await bytes(end..<(end + 3)) : []
    var bytes = before + piece + after
    Self.replace(in: &bytes)
    return Array(bytes[before.count..<(before.count + piece.count)])
  }

  private func bytes(_ range: Range<Int>) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < range.count,
      let piece = try await base.piece(from: range.lowerBound + bytes.count)
    {
      bytes += piece.prefix(range.count - bytes.count)
    }
    return bytes
  }

  private static func replace(in bytes: inout [UInt8]) {
    var start = 0
    while start < bytes.count {
      do throws(UTF8.ValidationError) {
        _ = try UTF8Span(validating: bytes.span.extracting(start..<bytes.count))
        return
      } catch {
        let bad = error.byteOffsets
        for index in bad.lowerBound..<bad.upperBound { bytes[start + index] = UInt8(ascii: "?") }
        start += bad.upperBound
      }
    }
  }
}
