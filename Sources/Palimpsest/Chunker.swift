/// Cuts a text, one chunk at a time, off the front.
///
/// `cut` sees the text from the last cut on, as far as it has arrived. It returns a cut, or nil
/// when the cut could still depend on text that has not arrived; then it is called again with more.
/// The cuts are therefore the same for every size of the pieces.
///
/// The window is valid UTF-8, is not empty, and may end inside a scalar unless `isEnd`. A cut must
/// take something, must not split a scalar, and a chunker must bound the chunk it makes: it returns
/// a cut at the latest when the window holds `limit` bytes.
public protocol Chunker: Sendable {
  /// The longest chunk this chunker ever makes, in bytes.
  var limit: Int { get }

  /// - Parameters:
  ///   - text: the text from the last cut on.
  ///   - isEnd: whether the window reaches to the end of the text.
  func cut(_ text: Span<UInt8>, isEnd: Bool) throws -> Cut?
}

/// One cut: the length of the chunk, and the beginning of the next one.
public struct Cut: Sendable, Hashable {
  /// Bytes of the chunk.
  public var length: Int
  /// Bytes until the next chunk begins; smaller than `length` when chunks overlap, never 0.
  public var next: Int

  /// Without `next` chunks do not overlap.
  public init(_ length: Int, next: Int? = nil) {
    self.length = length
    self.next = next ?? length
  }
}

extension Chunker {
  /// The chunks of a text from an offset on, pulled one by one. Holds one window, never the text.
  public func chunks(of text: any TextSource, from offset: Int = 0, index: Int = 0) -> Chunks {
    Chunks(source: .text(text), chunker: self, offset: offset, index: index)
  }
}
