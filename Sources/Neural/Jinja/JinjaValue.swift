/// A variable of a template.
public indirect enum JinjaValue: Sendable, Hashable {
  /// Python's `None`.
  case none
  /// `True` or `False`.
  case bool(Bool)
  /// A whole number.
  case int(Int)
  /// A floating-point number.
  case float(Double)
  /// Text of the caller's own, as trusted as the template's.
  case text(String)
  /// Text that keeps its origin, with a gap between each two pieces. To the template a gap is one opaque scalar.
  case foreign([String])
  /// A list.
  case list([JinjaValue])
  /// A dictionary, in order.
  case dictionary([Pair])

  /// A key of a dictionary and its value.
  public struct Pair: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The value.
    public var value: JinjaValue

    /// A key and its value.
    public init(_ key: String, _ value: JinjaValue) {
      self.key = key
      self.value = value
    }
  }
}

extension JinjaValue: ExpressibleByStringLiteral {
  /// Trusted text.
  public init(stringLiteral value: String) { self = .text(value) }
}

/// A piece of what a template writes.
public enum JinjaPart: Sendable, Hashable {
  /// The template's own text, or the caller's.
  case trusted(String)
  /// Text that comes from a `.foreign` variable.
  case foreign(String)
  /// A gap of a `.foreign` variable.
  case gap
}
