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
  /// Bytes before a chunk that decide where it ends; 0 by default.
  var lookback: Int { get }

  /// - Parameters:
  ///   - text: the text from the last cut on.
  ///   - isEnd: whether the window reaches to the end of the text.
  func cut(_ text: Span<UInt8>, isEnd: Bool) throws -> Cut?

  /// The same with the text before the chunk, for chunkers that count in the whole text. By default
  /// that text is not looked at.
  ///
  /// - Parameters:
  ///   - text: up to `lookback` bytes before the last cut, and the text from there on.
  ///   - start: where the last cut stands in it.
  ///   - isBegin: whether the window begins where the text does.
  ///   - isEnd: whether the window reaches to the end of the text.
  /// - Returns: a cut whose lengths are counted from `start`.
  func cut(_ text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool) throws -> Cut?
}

extension Chunker {
  public var lookback: Int { 0 }

  public func cut(_ text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool) throws -> Cut? {
    try cut(text.extracting(start.offset...), isEnd: isEnd)
  }
}

/// One cut: the length of the chunk, and the beginning of the next one.
public struct Cut: Sendable, Hashable {
  /// Bytes of the chunk.
  public var length: Int
  /// Bytes until the next chunk begins; smaller than `length` when chunks overlap, never 0.
  public var next: Int
  /// Tokens behind `next` that count to the chunks so far (`TokenPlace.ahead`).
  public var ahead: Int
  /// Whether the chunk ends where a unit of the chunker ends: a sentence, a line, a paragraph.
  public var endsUnit: Bool

  /// Without `next` chunks do not overlap.
  public init(_ length: Int, next: Int? = nil, ahead: Int = 0, endsUnit: Bool = false) {
    self.length = length
    self.next = next ?? length
    self.ahead = ahead
    self.endsUnit = endsUnit
  }
}

extension Chunker {
  /// The chunks of a text from an offset on, pulled one by one. Holds one window, never the text.
  ///
  /// - Parameters:
  ///   - offset: where to begin: `next` of the chunk before.
  ///   - ahead: `ahead` of the chunk before.
  ///   - index: the index of the first chunk.
  public func chunks(of text: any TextSource, from offset: Int = 0, ahead: Int = 0, index: Int = 0) -> Chunks {
    Chunks(source: .text(text), chunker: self, offset: offset, ahead: ahead, index: index)
  }
}
