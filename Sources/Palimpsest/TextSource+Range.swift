extension TextSource {
  /// The bytes of a range of the text; fewer where the text ends before it.
  public func bytes(in range: Range<Int>) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < range.count, let piece = try await piece(from: range.lowerBound + bytes.count) {
      bytes += piece.prefix(range.count - bytes.count)
    }
    return bytes
  }
}
