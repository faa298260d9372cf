// Settings are written in scripts as they are in YAML: `Spec("overwrite", ["tokens": 128])`.

extension Setting: ExpressibleByBooleanLiteral {
  /// `true` is `.bool(true)`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Setting: ExpressibleByIntegerLiteral {
  /// `64` is `.int(64)`.
  public init(integerLiteral value: Int) { self = .int(value) }
}

extension Setting: ExpressibleByFloatLiteral {
  /// `0.5` is `.number(0.5)`.
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension Setting: ExpressibleByStringLiteral {
  /// `"x"` is `.string("x")`; it is not read as YAML.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension Setting: ExpressibleByArrayLiteral {
  /// `[1, 2]` is `.list([1, 2])`.
  public init(arrayLiteral elements: Setting...) { self = .list(elements) }
}

extension Setting: ExpressibleByDictionaryLiteral {
  /// `["a": 1]` is `.table(["a": 1])`; of two equal keys the last counts.
  public init(dictionaryLiteral elements: (String, Setting)...) {
    self = .table(Dictionary(elements) { $1 })
  }
}
