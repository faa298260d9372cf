import Foundation

extension MarkedText {
  /// With the entities of HTML.
  var escaped: MarkedText {
    let entities: [UInt32: String] = [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&#34;", 0x27: "&#39;"]
    var result = MarkedText()
    for unit in units {
      if let entity = entities[Self.value(unit)] {
        result.units += entity.unicodeScalars.map { $0.value | unit & Self.foreign }
      } else {
        result.units.append(unit)
      }
    }
    return result
  }
}

extension Evaluator {
  func indented(_ value: Value, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["width", "first", "blank"], of: "indent")
    let indent: MarkedText
    switch arguments[0] {
    case .text(let text)?: indent = text
    case let width?:
      let width = max(0, try index(width, passed.line))
      try spend(width, passed.line)
      indent = MarkedText(String(repeating: " ", count: width))
    case nil: indent = MarkedText("    ")
    }
    guard case .text(let text) = value else { throw passed.fails("indent needs a text, not a \(value.type)") }
    let lines = (text + MarkedText("\n")).lines()
    let (added, isOver) = indent.count.multipliedReportingOverflow(by: lines.count)
    try spend(isOver ? 1 << 50 : added + 2 * text.count, passed.line)
    let indentsBlank = arguments[2]?.isTrue ?? false
    var result = MarkedText()
    if arguments[1]?.isTrue ?? false { result = indent }
    for (number, line) in lines.enumerated() {
      if number > 0 {
        result.units.append(0x0A)
        if !line.isEmpty || indentsBlank { result.units += indent.units }
      }
      result.units += line.units
    }
    return .text(result)
  }

  func truncated(_ value: Value, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["length", "killwords", "end", "leeway"], of: "truncate")
    let length = try arguments[0].map { try index($0, passed.line) } ?? 255
    let end = try optionalText(arguments[2], passed) ?? MarkedText("...")
    let leeway = try arguments[3].map { try index($0, passed.line) } ?? 5
    guard length >= end.count, 0...(1 << 40) ~= leeway, length <= 1 << 40 else {
      throw passed.fails("truncate needs a length of at least \(end.count)")
    }
    guard case .text(let text) = value else { throw passed.fails("truncate needs a text, not a \(value.type)") }
    try spend(text.count, passed.line)
    guard text.count > length + leeway else { return .text(text) }
    let front = MarkedText(units: text.units.prefix(length - end.count))
    if arguments[1]?.isTrue ?? false { return .text(front + end) }
    return .text((front.splitFromBack(MarkedText(" "), limit: 1).first ?? front) + end)
  }

  /// `tojson` as Hugging Face transformers defines it: `json.dumps` without escapes for what is not ASCII.
  func json(_ value: Value, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["ensure_ascii", "indent", "separators", "sort_keys"], of: "tojson")
    var style = Printer.JSONStyle(
      escapesAll: arguments[0]?.isTrue ?? false, separators: (MarkedText(", "), MarkedText(": ")),
      sortsKeys: arguments[3]?.isTrue ?? false)
    switch arguments[1] {
    case nil, .some(.none): break
    case .text(let text)?: style.indent = text
    case let width?:
      let width = max(0, try index(width, passed.line))
      try spend(width, passed.line)
      style.indent = MarkedText(String(repeating: " ", count: width))
    }
    if style.indent != nil { style.separators.item = MarkedText(",") }
    if let separators = arguments[2], separators.isTrue {
      let parts = try items(of: separators, passed.line).map { try text($0, passed.line) }
      guard parts.count == 2 else { throw passed.fails("tojson needs two separators") }
      style.separators = (parts[0], parts[1])
    }
    var printer = Printer(self, passed.line)
    try printer.writeJSON(value, style)
    return .text(printer.text)
  }

  // MARK: Numbers

  /// Python's `float(text)`; nil where it fails.
  static func float(_ text: String) -> Double? {
    let trimmed = MarkedText(text).stripped().string.lowercased()
    let isNumber = trimmed.unicodeScalars.allSatisfy { "0"..."9" ~= $0 || "+-._e".unicodeScalars.contains($0) }
    guard isNumber else {
      let sign = trimmed.hasPrefix("-") ? -1.0 : 1
      let word = trimmed.drop { $0 == "-" || $0 == "+" }
      guard trimmed.count - word.count <= 1 else { return nil }
      return ["inf", "infinity"].contains(word) ? sign * .infinity : word == "nan" ? .nan : nil
    }
    return Double(withoutUnderscores(trimmed) ?? "")
  }

  /// Underscores stand between digits only.
  private static func withoutUnderscores(_ text: String) -> String? {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    for (left, right) in zip(parts, parts.dropFirst()) {
      guard left.last?.isNumber ?? false, right.first?.isNumber ?? false else { return nil }
    }
    return parts.joined()
  }

  func whole(_ value: Value, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["default", "base"], of: "int")
    let fallback = arguments[0] ?? .int(0)
    let base = try arguments[1].map { try index($0, passed.line) } ?? 10
    guard base == 10 || 2...36 ~= base else { throw passed.fails("int needs a base from 2 to 36") }
    switch try used(value, passed.line) {
    case .text(let text):
      let trimmed = text.stripped().string
      if let number = Self.withoutUnderscores(trimmed).flatMap({ Int($0, radix: base) }) { return .int(number) }
      guard let number = Self.float(trimmed) else { return fallback }
      return Int(exactly: number.rounded(.towardZero)).map { .int($0) } ?? fallback
    default:
      switch value.number {
      case .int(let number)?: return .int(number)
      case .float(let number)?: return Int(exactly: number.rounded(.towardZero)).map { .int($0) } ?? fallback
      case nil: return fallback
      }
    }
  }

  func rounded(_ value: Value, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["precision", "method"], of: "round")
    let digits = try arguments[0].map { try index($0, passed.line) } ?? 0
    let method = try optionalText(arguments[1], passed)?.string ?? "common"
    guard let number = try used(value, passed.line).number, -300...300 ~= digits else {
      throw passed.fails("round needs a number")
    }
    if case .int(let whole) = number, method == "common", digits >= 0 { return .int(whole) }
    let scale = pow(10, Double(digits))
    switch method {
    case "common":
      // Python rounds the decimal digits of the number itself, halves to even.
      guard digits >= 0 else { return .float((number.double * scale).rounded(.toNearestOrEven) / scale) }
      return .float(Double(String(format: "%.\(digits)f", number.double)) ?? number.double)
    case "ceil": return .float((number.double * scale).rounded(.up) / scale)
    case "floor": return .float((number.double * scale).rounded(.down) / scale)
    default: throw passed.fails("round knows the methods common, ceil and floor")
    }
  }
}
