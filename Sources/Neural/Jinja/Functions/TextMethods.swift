extension Evaluator {
  /// Methods of Python's `str`.
  func callMethod(_ name: String, of text: MarkedText, _ passed: Passed) throws -> Value {
    try spend(text.count, passed.line)
    switch name {
    case "strip", "lstrip", "rstrip":
      let characters = try optionalText(passed.ordered(["chars"], of: name)[0], passed)
      return .text(text.stripped(characters, front: name != "rstrip", back: name != "lstrip"))
    case "split", "rsplit": return try split(text, isFromBack: name == "rsplit", passed)
    case "splitlines":
      let keeps = try passed.ordered(["keepends"], of: name)[0]?.isTrue ?? false
      return try texts(text.lines(keepingEnds: keeps), passed.line)
    case "startswith", "endswith": return try touches(text, atStart: name == "startswith", passed)
    case "removeprefix":
      let part = try neededText(passed, name)
      return .text(text.hasPrefix(part) ? MarkedText(units: text.units.dropFirst(part.count)) : text)
    case "removesuffix":
      let part = try neededText(passed, name)
      return .text(text.hasSuffix(part) ? MarkedText(units: text.units.dropLast(part.count)) : text)
    case "replace": return try replace(text, passed)
    case "find", "rfind", "index", "rindex", "count": return try search(name, text, passed)
    case "join":
      guard let values = try passed.ordered(["iterable"], needed: 1, of: name)[0] else { return .none }
      let parts = try items(of: values, passed.line).map { value in
        guard case .text(let part) = value else { throw passed.fails("join needs texts, not a \(value.type)") }
        return part
      }
      return .text(try joined(parts, by: text, passed.line))
    case "partition", "rpartition": return try partition(text, isLast: name == "rpartition", passed)
    case "zfill", "ljust", "rjust", "center": return .text(try padded(name, text, passed))
    case "format": return .text(try formatted(text, passed))
    default: return try simple(name, text, passed)
    }
  }

  /// Methods without arguments.
  private func simple(_ name: String, _ text: MarkedText, _ passed: Passed) throws -> Value {
    _ = try passed.ordered([], of: name)
    try spend(3 * text.count, passed.line)
    switch name {
    case "upper": return .text(text.uppercased)
    case "lower", "casefold": return .text(text.lowercased)
    case "title": return .text(text.titled)
    case "capitalize": return .text(text.capitalized)
    case "swapcase": return .text(text.caseSwapped)
    case "isupper": return .bool(text.isCase(upper: true))
    case "islower": return .bool(text.isCase(upper: false))
    case "isspace": return .bool(!text.isEmpty && text.units.allSatisfy(MarkedText.isBlank))
    case "isalpha": return .bool(text.isAll(\.isPythonLetter))
    case "isdecimal": return .bool(text.isAll(\.isPythonDecimal))
    case "isdigit": return .bool(text.isAll(\.isPythonDigit))
    case "isnumeric": return .bool(text.isAll(\.isPythonNumeric))
    case "isalnum": return .bool(text.isAll { $0.isPythonLetter || $0.isPythonNumeric })
    default: throw JinjaFault.unsupported(line: passed.line, construct: "the method \(name) of a str")
    }
  }

  func optionalText(_ value: Value?, _ passed: Passed) throws -> MarkedText? {
    switch value {
    case nil, .some(.none): return nil
    case .text(let text)?: return text
    case let other?: throw passed.fails("a text was expected, not a \(other.type)")
    }
  }

  private func neededText(_ passed: Passed, _ name: String) throws -> MarkedText {
    guard let text = try optionalText(passed.ordered(["text"], needed: 1, of: name)[0], passed) else {
      throw passed.fails("\(name) needs a text")
    }
    return text
  }

  func texts(_ texts: [MarkedText], _ line: Int) throws -> Value { .list(try list(texts.map { .text($0) }, line)) }

  func joined(_ parts: [MarkedText], by separator: MarkedText, _ line: Int) throws -> MarkedText {
    let total = parts.reduce(0) { $0 + $1.count }
    let (between, isOver) = separator.count.multipliedReportingOverflow(by: parts.count)
    try spend(isOver ? 1 << 50 : total + between, line)
    var result = MarkedText()
    for (index, part) in parts.enumerated() {
      if index > 0 { result.units += separator.units }
      result.units += part.units
    }
    return result
  }

  private func split(_ text: MarkedText, isFromBack: Bool, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["sep", "maxsplit"], of: isFromBack ? "rsplit" : "split")
    let limit = try arguments[1].map { try index($0, passed.line) } ?? -1
    guard let separator = try optionalText(arguments[0], passed) else {
      let parts = isFromBack ? text.splitAtBlanksFromBack(limit: limit) : text.splitAtBlanks(limit: limit)
      return try texts(parts, passed.line)
    }
    guard !separator.isEmpty else { throw passed.fails("split needs a separator that is not empty") }
    return try texts(
      isFromBack ? text.splitFromBack(separator, limit: limit) : text.split(separator, limit: limit), passed.line)
  }

  private func touches(_ text: MarkedText, atStart: Bool, _ passed: Passed) throws -> Value {
    let name = atStart ? "startswith" : "endswith"
    let arguments = try passed.ordered(["text", "start", "end"], needed: 1, of: name)
    let part = try part(of: text, arguments[1], arguments[2], passed)
    let wanted: [Value] = if case .tuple(let items)? = arguments[0] { items.values } else { [arguments[0] ?? .none] }
    for value in wanted {
      guard case .text(let end) = value else { throw passed.fails("\(name) needs a text, not a \(value.type)") }
      if let part, atStart ? part.text.hasPrefix(end) : part.text.hasSuffix(end) { return .bool(true) }
    }
    return .bool(false)
  }

  /// A text between two places; nil where the first lies behind its end.
  private func part(
    of text: MarkedText, _ start: Value?, _ end: Value?, _ passed: Passed
  ) throws -> (text: MarkedText, start: Int)? {
    func place(_ value: Value?, _ fallback: Int) throws -> Int {
      guard let value else { return fallback }
      if case .none = value { return fallback }
      let place = try index(value, passed.line)
      return max(0, place < 0 ? place + text.count : place)
    }
    let (start, end) = (try place(start, 0), min(try place(end, text.count), text.count))
    guard start <= text.count else { return nil }
    return (MarkedText(units: text.units[min(start, max(start, end))..<max(start, end)]), start)
  }

  func replace(_ text: MarkedText, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["old", "new", "count"], needed: 2, of: "replace")
    guard let old = try optionalText(arguments[0], passed), let new = try optionalText(arguments[1], passed) else {
      throw passed.fails("replace needs two texts")
    }
    let limit = try arguments[2].map { try index($0, passed.line) } ?? -1
    let (added, isOver) = text.occurrences(of: old).multipliedReportingOverflow(by: new.count)
    try spend(isOver ? 1 << 50 : added + text.count, passed.line)
    return .text(text.replacing(old, with: new, limit: limit))
  }

  private func search(_ name: String, _ text: MarkedText, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["text", "start", "end"], needed: 1, of: name)
    guard case .text(let wanted)? = arguments[0] else { throw passed.fails("\(name) needs a text") }
    let part = try part(of: text, arguments[1], arguments[2], passed)
    try spend(text.count, passed.line)
    if name == "count" { return .int(part?.text.occurrences(of: wanted) ?? 0) }
    let found = part.flatMap { part in
      (name.hasPrefix("r") ? part.text.findLast(wanted) : part.text.find(wanted)).map { $0 + part.start }
    }
    if found == nil, name.hasSuffix("index") { throw passed.fails("the text was not found") }
    return .int(found ?? -1)
  }

  private func partition(_ text: MarkedText, isLast: Bool, _ passed: Passed) throws -> Value {
    let separator = try neededText(passed, "partition")
    guard !separator.isEmpty else { throw passed.fails("partition needs a separator that is not empty") }
    var parts = [text, MarkedText(), MarkedText()]
    if isLast { parts.reverse() }
    if let found = isLast ? text.findLast(separator) : text.find(separator) {
      let end = found + separator.count
      parts = [text.units[..<found], text.units[found..<end], text.units[end...]].map { MarkedText(units: $0) }
    }
    return .tuple(try list(parts.map { .text($0) }, passed.line))
  }

  private func padded(_ name: String, _ text: MarkedText, _ passed: Passed) throws -> MarkedText {
    let arguments = try passed.ordered(name == "zfill" ? ["width"] : ["width", "fill"], needed: 1, of: name)
    let width = try index(arguments[0] ?? .none, passed.line)
    guard width > text.count else { return text }
    try spend(width, passed.line)
    let fill = arguments.count > 1 ? try optionalText(arguments[1], passed) ?? MarkedText(" ") : MarkedText("0")
    guard fill.count == 1 else { throw passed.fails("\(name) fills with one character") }
    let missing = width - text.count
    func padding(_ count: Int) -> [MarkedText.Unit] { Array(repeating: fill.units[0], count: count) }
    switch name {
    case "ljust": return MarkedText(units: text.units + padding(missing))
    case "rjust": return MarkedText(units: padding(missing) + text.units)
    case "zfill":
      let hasSign = text.units.first.map { [0x2B, 0x2D].contains(MarkedText.value($0)) } ?? false
      let sign = hasSign ? 1 : 0
      return MarkedText(units: text.units.prefix(sign) + padding(missing) + text.units.dropFirst(sign))
    default:
      // As CPython: the odd one goes to the left where the width is odd.
      let left = missing / 2 + (missing & width & 1)
      return MarkedText(units: padding(left) + text.units + padding(missing - left))
    }
  }

  /// As `str.format` with fields without conversions: `{}`, `{0}`, `{name}`.
  private func formatted(_ format: MarkedText, _ passed: Passed) throws -> MarkedText {
    var result = MarkedText()
    var next = 0
    var place = 0
    while place < format.count {
      let unit = format.units[place]
      let value = MarkedText.value(unit)
      place += 1
      guard value == 0x7B || value == 0x7D else {
        result.units.append(unit)
        continue
      }
      if place < format.count, MarkedText.value(format.units[place]) == value {
        result.units.append(unit)
        place += 1
        continue
      }
      guard value == 0x7B, let end = format.find(MarkedText("}"), from: place) else {
        throw passed.fails("a single brace in a format")
      }
      let field = MarkedText(units: format.units[place..<end]).string
      place = end + 1
      guard field.unicodeScalars.allSatisfy({ $0 == "_" || $0.properties.isXIDContinue }) else {
        throw JinjaFault.unsupported(line: passed.line, construct: "the field {\(field)} of a format")
      }
      var found = passed.named.first { $0.name == field }?.value
      if let index = field.isEmpty ? next : Int(field) {
        found = passed.positional.indices.contains(index) ? passed.positional[index] : nil
        next += 1
      }
      guard let found else { throw passed.fails("the format has no value for {\(field)}") }
      result.units += try text(found, passed.line).units
      try spend(result.count, passed.line)
    }
    return result
  }
}
