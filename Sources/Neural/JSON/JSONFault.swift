/// Faults of a JSON file. Each case has the file, the place, the expected and the found value. The rooms that
/// read files turn them into their own errors, which also say what to do.
public enum JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The rules of the text itself.
  public enum Rule: String, Sendable, CaseIterable {
    case grammar = "the text is JSON"
    case text = "strings are UTF-8 and have no half of a surrogate pair"
    case uniqueKeys = "a key stands once in a table"
    case depth = "nesting is bounded"
    case count = "the number of values is bounded"
  }

  /// The file breaks a rule of the text.
  case broken(Rule, file: String, byte: Int, expected: String, found: String)
  /// The text is JSON, but a value is not what its reader needs.
  case unexpected(file: String, key: String, expected: String, found: String)

  /// The file, the place, the expected and the found value.
  public var description: String {
    switch self {
    case .broken(let rule, let file, let byte, let expected, let found):
      "\(file), byte \(byte): \(rule.rawValue): expected \(expected), found \(found)"
    case .unexpected(let file, let key, let expected, let found):
      "\(file): \(key) must be \(expected), but is \(found)"
    }
  }
}

/// Foreign text in a form that is safe in a message: short, in quotes, without control characters of a
/// terminal.
public func shown(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(80)
  let quoted = scalars.map { scalar in
    let isPlain =
      scalar.value >= 0x20 && scalar.properties.generalCategory != .control
      && scalar.properties.generalCategory != .format
    return isPlain ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
  }
  return "“" + quoted.joined() + (text.unicodeScalars.dropFirst(80).isEmpty ? "”" : "…”")
}
