/// Writes values as Python does: `str`, `repr` and `json.dumps`. Text keeps its marks.
struct Printer {
  let evaluator: Evaluator
  let line: Int
  private(set) var text = MarkedText()

  init(_ evaluator: Evaluator, _ line: Int) {
    self.evaluator = evaluator
    self.line = line
  }

  private mutating func write(_ string: String) throws {
    for scalar in string.unicodeScalars { text.units.append(scalar.value) }
    try evaluator.spend(string.utf8.count + 1, line)
  }

  // MARK: str and repr

  mutating func writeRepresentation(_ value: Value) throws {
    switch value {
    case .text(let text): try writeQuoted(text)
    case .list(let items): try writeList(items.values, "[", "]")
    case .tuple(let items): try writeList(items.values, "(", items.values.count == 1 ? ",)" : ")")
    case .dictionary(let dictionary):
      try write("{")
      for (index, entry) in dictionary.entries.enumerated() {
        if index > 0 { try write(", ") }
        try writeRepresentation(entry.key)
        try write(": ")
        try writeRepresentation(entry.value)
      }
      try write("}")
    case .undefined: try write("Undefined")
    case .none: try write("None")
    case .bool(let value): try write(value ? "True" : "False")
    case .int(let value): try write("\(value)")
    case .float(let value): try write(Self.float(value))
    case .iterator, .namespace, .loop, .function:
      throw JinjaFault.unsupported(line: line, construct: "writing out a \(value.type)")
    }
  }

  private mutating func writeList(_ values: [Value], _ open: String, _ close: String) throws {
    try write(open)
    for (index, value) in values.enumerated() {
      if index > 0 { try write(", ") }
      try writeRepresentation(value)
    }
    try write(close)
  }

  private mutating func writeQuoted(_ quoted: MarkedText) throws {
    let values = quoted.units.lazy.map(MarkedText.value)
    let quote: UInt32 = values.contains(0x27) && !values.contains(0x22) ? 0x22 : 0x27
    try evaluator.spend(quoted.count, line)
    text.units.append(quote)
    for unit in quoted.units {
      let mark = unit & MarkedText.foreign
      func append(_ string: String) { text.units += string.unicodeScalars.map { $0.value | mark } }
      switch MarkedText.value(unit) {
      case quote, 0x5C: text.units += [0x5C | mark, unit]
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case let value where !Self.isPrintable(value):
        append(value < 0x100 ? "\\x" + hex(value, 2) : value < 0x10000 ? "\\u" + hex(value, 4) : "\\U" + hex(value, 8))
      default: text.units.append(unit)
      }
    }
    text.units.append(quote)
  }

  /// Python's `str.isprintable`. A gap is left as it is.
  private static func isPrintable(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return value == MarkedText.gap }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
    case .spaceSeparator: return value == 0x20
    default: return true
    }
  }

  /// As Python's `repr`: the shortest digits that give the number back.
  static func float(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return value.description
  }

  // MARK: JSON

  /// How `tojson` writes.
  struct JSONStyle {
    var escapesAll = false
    var indent: MarkedText?
    var separators: (item: MarkedText, key: MarkedText)
    var sortsKeys = false
  }

  mutating func writeJSON(_ value: Value, _ style: JSONStyle, level: Int = 1) throws {
    switch value {
    case .none: try write("null")
    case .bool(let value): try write(value ? "true" : "false")
    case .int(let value): try write("\(value)")
    case .float(let value): try write(Self.jsonFloat(value))
    case .text(let text): try writeJSONString(text, style)
    case .list(let items), .tuple(let items):
      try writeJSON(count: items.values.count, "[", "]", style, level) { printer, index in
        try printer.writeJSON(items.values[index], style, level: level + 1)
      }
    case .dictionary(let dictionary):
      let line = line
      var entries = dictionary.entries
      if style.sortsKeys {
        entries = try evaluator.sorted(entries, line) { $0.key }
      }
      try writeJSON(count: entries.count, "{", "}", style, level) { printer, index in
        try printer.writeJSONString(try Self.jsonKey(entries[index].key, line), style)
        printer.text.units += style.separators.key.units
        try printer.writeJSON(entries[index].value, style, level: level + 1)
      }
    default:
      throw JinjaFault.failed(line: line, reason: "a value of type \(value.type) cannot be written as JSON")
    }
  }

  private mutating func writeJSON(
    count: Int, _ open: String, _ close: String, _ style: JSONStyle, _ level: Int,
    item: (inout Printer, Int) throws -> Void
  ) throws {
    try write(open)
    for index in 0..<count {
      if index > 0 { text.units += style.separators.item.units }
      try breakLine(style, level)
      try item(&self, index)
    }
    if count > 0 { try breakLine(style, level - 1) }
    try write(close)
  }

  private mutating func breakLine(_ style: JSONStyle, _ level: Int) throws {
    guard let indent = style.indent else { return }
    try write("\n")
    try evaluator.spend(indent.count * level, line)
    for _ in 0..<level { text.units += indent.units }
  }

  private static func jsonKey(_ key: Value, _ line: Int) throws -> MarkedText {
    switch key {
    case .text(let text): return text
    case .none: return MarkedText("null")
    case .bool(let value): return MarkedText(value ? "true" : "false")
    case .int(let value): return MarkedText("\(value)")
    case .float(let value): return MarkedText(jsonFloat(value))
    default: throw JinjaFault.failed(line: line, reason: "a key of type \(key.type) cannot be written as JSON")
    }
  }

  private static func jsonFloat(_ value: Double) -> String {
    value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : float(value)
  }

  private mutating func writeJSONString(_ string: MarkedText, _ style: JSONStyle) throws {
    try evaluator.spend(string.count, line)
    text.units.append(0x22)
    for unit in string.units {
      let mark = unit & MarkedText.foreign
      func append(_ string: String) { text.units += string.unicodeScalars.map { $0.value | mark } }
      switch MarkedText.value(unit) {
      case 0x22: append("\\\"")
      case 0x5C: append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0x08: append("\\b")
      case 0x0C: append("\\f")
      case let value where value < 0x20: append("\\u" + hex(value, 4))
      case let value where style.escapesAll && value > 0x7E && value != MarkedText.gap:
        for half in (Unicode.Scalar(value) ?? "?").utf16 { append("\\u" + hex(UInt32(half), 4)) }
      default: text.units.append(unit)
      }
    }
    text.units.append(0x22)
  }
}

/// A number in hexadecimal digits, with zeros in front.
private func hex(_ value: UInt32, _ digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
