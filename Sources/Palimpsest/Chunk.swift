import Tensors

/// One piece of what is read: the unit of drafting, gating and writing.
public struct Chunk: Sendable, Codable, Hashable {
  /// Text, or vectors of a stream of features.
  public enum Content: Sendable, Codable, Hashable {
    case text(String)
    /// Feature or frame vectors, [count, width].
    case vectors(Tensor)
  }

  /// How a chunk ends: what a policy must know to tell whether its last sentence is whole.
  public enum Ending: String, Sendable, Codable {
    /// Where a size was reached, wherever that falls; the text goes on behind it.
    case cut
    /// Where a unit ends: a sentence, a line, a paragraph, a turn of a conversation.
    case unit
    /// Where the text ends.
    case text
  }

  /// The kind of a chunk's content.
  public enum Kind: String, Sendable, Codable, CaseIterable { case text, vectors }

  /// Position in the reading, from 0.
  public var index: Int
  /// What was read.
  public var content: Content
  /// UTF-8 offsets in the whole text; for vectors, positions in the stream.
  public var range: Range<Int>
  /// Where the next chunk begins; before the range's end when chunks overlap.
  public var next: Int
  /// Tokens behind `next` that were counted as part of the chunks so far: a border between tokens may
  /// fall inside a scalar, and a chunk never does. 0 nearly always.
  public var ahead: Int
  public var ending: Ending
  /// Seconds since the stream began, where the stream has a clock.
  public var time: Double?
  /// Who speaks, where the stream says so.
  public var speaker: String?

  /// - Parameter ending: `unit` unless said otherwise, which is true of turns and frames.
  public init(
    index: Int, content: Content, range: Range<Int>, next: Int? = nil, ahead: Int = 0, ending: Ending = .unit,
    time: Double? = nil, speaker: String? = nil
  ) {
    self.index = index
    self.content = content
    self.range = range
    self.next = next ?? range.upperBound
    self.ahead = ahead
    self.ending = ending
    self.time = time
    self.speaker = speaker
  }

  private enum CodingKeys: CodingKey { case index, content, range, next, ahead, ending, time, speaker }

  /// What was written before chunks said how they end is read as `cut`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    index = try values.decode(Int.self, forKey: .index)
    content = try values.decode(Content.self, forKey: .content)
    range = try values.decode(Range<Int>.self, forKey: .range)
    next = try values.decode(Int.self, forKey: .next)
    ahead = try values.decodeIfPresent(Int.self, forKey: .ahead) ?? 0
    ending = try values.decodeIfPresent(Ending.self, forKey: .ending) ?? .cut
    time = try values.decodeIfPresent(Double.self, forKey: .time)
    speaker = try values.decodeIfPresent(String.self, forKey: .speaker)
  }

  /// The text; nil for vectors.
  public var text: String? {
    if case .text(let text) = content { text } else { nil }
  }

  /// What this chunk is made of.
  public var kind: Kind {
    switch content {
    case .text: .text
    case .vectors: .vectors
    }
  }
}
