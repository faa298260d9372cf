/// What can be wrong with a checkpoint. Every case names the file, and what to do about it.
public enum CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The system does not give the file, or it is of no kind that holds weights.
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  /// A rule of the format, or one that was asked for, does not hold.
  case broken(Rule, file: String, tensor: String?, expected: String, found: String)
  /// A configuration that says what this package does not compute, or nothing it can be computed from.
  case unsupported(file: String, key: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)"
    case .broken(let rule, let file, let tensor, let expected, let found):
      "\(file)\(tensor.map { ", \(shown($0))" } ?? ""): \(rule.rawValue): expected \(expected), found \(found); "
        + rule.remedy
    case .unsupported(let file, let key, let expected, let found):
      "\(file): \(key) is \(found), expected \(expected); "
        + "take a checkpoint of a supported kind"
    }
  }
}

/// Foreign text as it may stand in a message: short, in quotes, nothing that moves a terminal's cursor.
func shown(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(80)
  let quoted = scalars.map { scalar in
    let isPlain =
      scalar.value >= 0x20 && scalar.properties.generalCategory != .control
      && scalar.properties.generalCategory != .format
    return isPlain ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
  }
  return "“" + quoted.joined() + (text.unicodeScalars.count > 80 ? "…”" : "”")
}
