/// Facts about a slot besides its content; memory banks sort, forget and audit by them.
///
/// Bounded, so that a budget of slots bounds the memory state too.
public struct Attributes: Sendable, Hashable {
  /// The largest size of one slot's attributes, in bytes.
  public static let limit = 4096

  /// Short labels, in any order.
  public var tags: [String]
  /// The time of the event in the slot, in seconds since the stream began.
  public var time: Double?
  /// The begin of the time in which the slot's content is true, in the same seconds; nil is open.
  public var validFrom: Double?
  /// The end of that time, in the same seconds; nil is open.
  public var validUntil: Double?
  /// The retention strength, 0...1 (as in MemoryBank); the memory defines its meaning.
  public var strength: Float?
  /// The source of the content: a speaker, a document, a file.
  public var source: String?
  /// The version of the weights or the embedder that made the content.
  public var version: String?
  /// Further values by name.
  public var values: [String: Setting]

  /// Nothing is known unless it is given.
  public init(
    tags: [String] = [], time: Double? = nil, validFrom: Double? = nil, validUntil: Double? = nil,
    strength: Float? = nil, source: String? = nil, version: String? = nil, values: [String: Setting] = [:]
  ) {
    self.tags = tags
    self.time = time
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.strength = strength
    self.source = source
    self.version = version
    self.values = values
  }

  /// Whether nothing is known.
  public var isEmpty: Bool { self == Attributes() }

  /// Bytes of all values.
  public var bytes: Int {
    tags.reduce(0) { $0 + $1.utf8.count } + [time, validFrom, validUntil].count { $0 != nil } * 8
      + (strength == nil ? 0 : 4) + (source?.utf8.count ?? 0) + (version?.utf8.count ?? 0)
      + values.reduce(0) { $0 + $1.key.utf8.count + $1.value.line.utf8.count }
  }

  /// What is wrong with them; nil when nothing is.
  var flaw: String? {
    if bytes > Self.limit { return "its attributes take \(bytes) bytes, of at most \(Self.limit)" }
    if let strength, !(0...1).contains(strength) { return "its strength is \(strength), and lies in 0...1" }
    for value in [time, validFrom, validUntil] { if let value, !value.isFinite { return "a time is \(value)" } }
    return nil
  }
}

extension Attributes: Codable {
  private enum Key: CodingKey { case tags, time, validFrom, validUntil, strength, source, version, values }

  /// - Throws: `DecodingError` for attributes over their bound, or out of range.
  public init(from decoder: any Decoder) throws {
    let table = try decoder.container(keyedBy: Key.self)
    self.init(
      tags: try table.decodeIfPresent([String].self, forKey: .tags) ?? [],
      time: try table.decodeIfPresent(Double.self, forKey: .time),
      validFrom: try table.decodeIfPresent(Double.self, forKey: .validFrom),
      validUntil: try table.decodeIfPresent(Double.self, forKey: .validUntil),
      strength: try table.decodeIfPresent(Float.self, forKey: .strength),
      source: try table.decodeIfPresent(String.self, forKey: .source),
      version: try table.decodeIfPresent(String.self, forKey: .version),
      values: try table.decodeIfPresent([String: Setting].self, forKey: .values) ?? [:])
    if let flaw { throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: flaw)) }
  }

  /// Leaves out what is not known.
  public func encode(to encoder: any Encoder) throws {
    var table = encoder.container(keyedBy: Key.self)
    if !tags.isEmpty { try table.encode(tags, forKey: .tags) }
    try table.encodeIfPresent(time, forKey: .time)
    try table.encodeIfPresent(validFrom, forKey: .validFrom)
    try table.encodeIfPresent(validUntil, forKey: .validUntil)
    try table.encodeIfPresent(strength, forKey: .strength)
    try table.encodeIfPresent(source, forKey: .source)
    try table.encodeIfPresent(version, forKey: .version)
    if !values.isEmpty { try table.encode(values, forKey: .values) }
  }
}
