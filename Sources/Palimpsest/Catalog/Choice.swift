/// A setting that has one of a few names. Another one is refused, and all of them are named.
///
///     enum Order: String, Choice { case forward, reverse, random }
public protocol Choice: RawRepresentable<String>, CaseIterable, Codable, Sendable, Hashable {}

extension Choice {
  /// - Throws: `DecodingError.dataCorrupted`, which says what it may be.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let choice = Self(rawValue: name) else {
      let names = Self.allCases.map { $0.rawValue.isEmpty ? "\"\"" : $0.rawValue }.joined(separator: ", ")
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "one of \(names)")
    }
    self = choice
  }

  /// The case's name as text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}
