/// A variant by name, with its settings: `{kind: overwrite, tokens: 128}`, or just `overwrite`.
public struct Spec: Sendable, Hashable {
  /// The variant's name.
  public var kind: String
  /// What differs from the variant's defaults.
  public var settings: [String: Setting]

  /// Names are checked when the variant is made, not here.
  public init(_ kind: String, _ settings: [String: Setting] = [:]) {
    self.kind = kind
    self.settings = settings
  }
}

extension Spec: Codable {
  /// A name, or a table with `kind` and settings.
  public init(from decoder: any Decoder) throws {
    switch try Setting(from: decoder) {
    case .string(let kind): self.init(kind)
    case .table(var table):
      guard case .string(let kind)? = table.removeValue(forKey: "kind") else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a name, or a table with a kind"))
      }
      self.init(kind, table)
    default:
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a name, or a table with a kind"))
    }
  }

  /// Always a table with `kind`, also without settings.
  public func encode(to encoder: any Encoder) throws {
    try Setting.table(settings.merging(["kind": .string(kind)]) { $1 }).encode(to: encoder)
  }
}
