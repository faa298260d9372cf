/// Jinja's filters: `value | name`.
enum Filters {
  typealias Filter = @Sendable (Evaluator, Value, Passed) throws -> Value

  static let all: [String: Filter] = text.merging(lists) { first, _ in first }.merging(numbers) { first, _ in first }

  /// A filter that changes text.
  private static func changing(
    _ name: String, _ change: @escaping @Sendable (MarkedText) -> MarkedText
  ) -> (String, Filter) {
    let filter: Filter = { evaluator, value, passed in
      _ = try passed.ordered([], of: name)
      let text = try evaluator.text(value, passed.line)
      try evaluator.spend(3 * text.count, passed.line)
      return .text(change(text))
    }
    return (name, filter)
  }

  private static let text: [String: Filter] = {
    var all = [String: Filter](
      uniqueKeysWithValues: [
        changing("upper") { $0.uppercased }, changing("lower") { $0.lowercased },
        changing("title") { $0.titledAsFilter }, changing("capitalize") { $0.capitalized }, changing("string") { $0 },
        changing("safe") { $0 }, changing("escape") { $0.escaped }, changing("e") { $0.escaped },
        changing("forceescape") { $0.escaped },
      ])
    all["trim"] = { evaluator, value, passed in
      let characters = try evaluator.optionalText(passed.ordered(["chars"], of: "trim")[0], passed)
      let text = try evaluator.text(value, passed.line)
      try evaluator.spend(text.count, passed.line)
      return .text(text.stripped(characters))
    }
    all["replace"] = { evaluator, value, passed in
      var passed = passed
      let arguments = try passed.ordered(["old", "new", "count"], needed: 2, of: "replace")
      passed.named = []
      passed.positional = try arguments.prefix(2).map { .text(try evaluator.text($0 ?? .none, passed.line)) }
      if let count = arguments[2], count.type != "None" { passed.positional.append(count) }
      return try evaluator.replace(try evaluator.text(value, passed.line), passed)
    }
    all["indent"] = { evaluator, value, passed in try evaluator.indented(value, passed) }
    all["format"] = { evaluator, value, passed in
      let values = Value.tuple(try evaluator.list(passed.positional, passed.line))
      return .text(try evaluator.formatted(try evaluator.text(value, passed.line), by: values, passed.line))
    }
    all["tojson"] = { evaluator, value, passed in try evaluator.json(value, passed) }
    all["center"] = { evaluator, value, passed in
      let width = try passed.ordered(["width"], of: "center")[0] ?? .int(80)
      let centered = Passed(positional: [width], line: passed.line)
      return try evaluator.callMethod("center", of: try evaluator.text(value, passed.line), centered)
    }
    all["wordcount"] = { evaluator, value, passed in
      let text = try evaluator.text(value, passed.line)
      var count = 0
      var isInWord = false
      for unit in text.units {
        let isWord =
          MarkedText.scalar(unit).map { scalar in
            scalar == "_" || scalar.properties.isPythonLetter || scalar.properties.isPythonNumeric
          } ?? false
        if isWord, !isInWord { count += 1 }
        isInWord = isWord
      }
      return .int(count)
    }
    all["truncate"] = { evaluator, value, passed in try evaluator.truncated(value, passed) }
    return all
  }()

  private static let numbers: [String: Filter] = [
    "int": { evaluator, value, passed in try evaluator.whole(value, passed) },
    "float": { evaluator, value, passed in
      let fallback = try passed.ordered(["default"], of: "float")[0] ?? .float(0)
      switch try evaluator.used(value, passed.line) {
      case .text(let text): return Evaluator.float(text.string).map { .float($0) } ?? fallback
      default: return value.number.map { .float($0.double) } ?? fallback
      }
    },
    "abs": { evaluator, value, passed in
      let value = try evaluator.used(value, passed.line)
      let isNegative = try evaluator.less(value, .int(0), passed.line)
      return try evaluator.signed(value, isNegative, passed.line)
    },
    "round": { evaluator, value, passed in try evaluator.rounded(value, passed) },
    "sum": { evaluator, value, passed in
      let arguments = try passed.ordered(["attribute", "start"], of: "sum")
      var sum = arguments[1] ?? .int(0)
      for item in try evaluator.items(of: value, passed.line) {
        let item = try evaluator.attribute(arguments[0], of: item, passed)
        sum = try evaluator.apply(.add, sum, try evaluator.used(item, passed.line), passed.line)
      }
      return sum
    },
  ]
}

extension Evaluator {
  func apply(_ filter: String, to value: Value, _ passed: Passed) throws -> Value {
    // Many templates name an unknown filter in a branch that is never taken.
    guard let function = Filters.all[filter] else {
      throw JinjaFault.unsupported(line: passed.line, construct: "the filter \(filter)")
    }
    return try deeper(passed.line) { try function(self, value, passed) }
  }
}
