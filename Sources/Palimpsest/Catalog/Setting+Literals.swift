// Settings are written in scripts as they are in YAML: `Spec("overwrite", ["tokens": 128])`.

extension Setting: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Setting: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = .int(value) }
}

extension Setting: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension Setting: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self = .string(value) }
}

extension Setting: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Setting...) { self = .list(elements) }
}

extension Setting: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Setting)...) {
    self = .table(Dictionary(elements) { $1 })
  }
}
