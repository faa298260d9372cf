import Tensors

/// One piece of what is read: the unit of drafting, gating and writing.
public struct Chunk: Sendable, Codable, Hashable {
  public enum Content: Sendable, Codable, Hashable {
    case text(String)
    /// Feature or frame vectors, [count, width].
    case vectors(Tensor)
  }

  public var index: Int
  public var content: Content
  /// UTF-8 offsets in the whole text; for vectors, positions in the stream.
  public var range: Range<Int>
  /// Where the next chunk begins; before the range's end when chunks overlap.
  public var next: Int
  /// Seconds since the stream began, where the stream has a clock.
  public var time: Double?
  public var speaker: String?

  public init(
    index: Int, content: Content, range: Range<Int>, next: Int? = nil, time: Double? = nil,
    speaker: String? = nil
  ) {
    self.index = index
    self.content = content
    self.range = range
    self.next = next ?? range.upperBound
    self.time = time
    self.speaker = speaker
  }

  /// The text; empty for vectors.
  public var text: String {
    if case .text(let text) = content { text } else { "" }
  }
}
