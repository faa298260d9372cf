/// The functions that every template has.
enum Globals {
  static let names = [
    "range", "namespace", "dict", "raise_exception", "strftime_now", "lipsum", "cycler", "joiner",
  ]
}

extension Evaluator {
  func callGlobal(_ name: String, _ passed: Passed) throws -> Value {
    switch name {
    case "range": return try range(passed)
    case "namespace":
      var values: [String: Value] = [:]
      for entry in try dictionary(passed, "namespace").entries {
        let (key, value) = (entry.key, entry.value)
        guard case .text(let name) = key else { throw passed.fails("an attribute of a namespace has a name") }
        guard MarkedText.value(name.units.first ?? 0) != 0x5F else {
          throw passed.fails("the attribute \(name.string) of a namespace begins with an underscore")
        }
        values[name.string] = value
      }
      return namespace(values)
    case "dict": return .dictionary(try dictionary(passed, "dict"))
    case "raise_exception":
      let message = try passed.ordered(["message"], needed: 1, of: name)[0].map { try text($0, passed.line) }
      throw JinjaFault.refused(line: passed.line, message: message?.string ?? "")
    case "strftime_now":
      guard case .text(let format)? = try passed.ordered(["format"], needed: 1, of: name)[0] else {
        throw passed.fails("strftime_now needs a format")
      }
      try spend(32 * format.count, passed.line)
      return .text(try date.formatted(format, passed.line))
    default: throw JinjaFault.unsupported(line: passed.line, construct: "the function \(name)")
    }
  }

  private func range(_ passed: Passed) throws -> Value {
    let bounds = try passed.positional.map { try index(try used($0, passed.line), passed.line) }
    guard passed.named.isEmpty, 1...3 ~= bounds.count else { throw passed.fails("range takes one to three numbers") }
    let start = bounds.count == 1 ? 0 : bounds[0]
    let end = bounds.count == 1 ? bounds[0] : bounds[1]
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw passed.fails("the step of a range is zero") }
    guard step > 0 ? start < end : start > end else { return .list(Items([])) }
    let (distance, isOver) = end.subtractingReportingOverflow(start)
    let count = isOver ? UInt.max : (distance.magnitude - 1) / step.magnitude + 1
    guard count <= UInt(JinjaLimits.range) else {
      throw JinjaFault.exceeded(line: passed.line, limit: "a range of more than \(JinjaLimits.range) numbers")
    }
    return .list(try list((0..<Int(count)).map { .int(start + $0 * step) }, passed.line))
  }

  /// As Python's `dict(mapping or pairs, name=value)`.
  private func dictionary(_ passed: Passed, _ function: String) throws -> Mapping {
    guard passed.positional.count <= 1 else { throw passed.fails("\(function) takes one argument without a name") }
    var result = Mapping()
    switch passed.positional.first {
    case .dictionary(let dictionary)?: result = dictionary
    case let pairs?:
      for pair in try items(of: pairs, passed.line) {
        let parts = try items(of: pair, passed.line)
        guard parts.count == 2 else { throw passed.fails("\(function) needs pairs") }
        try put(parts[1], at: parts[0], in: &result, passed.line)
      }
    case nil: break
    }
    try spend(items: result.entries.count + passed.named.count, passed.line)
    for (name, value) in passed.named { try put(value, at: .text(name), in: &result, passed.line) }
    return result
  }
}
