/// Jinja's tests: `value is name`.
enum Tests {
  typealias Test = @Sendable (Evaluator, Value, Passed) throws -> Bool

  static let all: [String: Test] = {
    var all = kinds
    for (names, comparison) in comparisons {
      for name in names {
        all[name] = { evaluator, value, passed in
          let other = try passed.ordered(["other"], needed: 1, of: name)[0] ?? .none
          return try evaluator.compare(value, comparison, other, passed.line)
        }
      }
    }
    return all
  }()

  private static let comparisons: [([String], Expression.Comparison)] = [
    (["equalto", "eq", "=="], .equal), (["ne", "!="], .different), (["gt", "greaterthan", ">"], .greater),
    (["ge", ">="], .greaterOrEqual), (["lt", "lessthan", "<"], .less), (["le", "<="], .lessOrEqual), (["in"], .isIn),
  ]

  private static let kinds: [String: Test] = [
    "defined": { _, value, _ in if case .undefined = value { false } else { true } },
    "undefined": { _, value, _ in if case .undefined = value { true } else { false } },
    "none": { _, value, _ in if case .none = value { true } else { false } },
    "boolean": { _, value, _ in if case .bool = value { true } else { false } },
    "true": { _, value, _ in if case .bool(true) = value { true } else { false } },
    "false": { _, value, _ in if case .bool(false) = value { true } else { false } },
    "integer": { _, value, _ in if case .int = value { true } else { false } },
    "float": { _, value, _ in if case .float = value { true } else { false } },
    "number": { _, value, _ in value.number != nil },
    "string": { _, value, _ in if case .text = value { true } else { false } },
    "mapping": { _, value, _ in if case .dictionary = value { true } else { false } },
    "callable": { _, value, _ in if case .function = value { true } else { false } },
    "escaped": { _, _, _ in false },
    "sequence": { _, value, _ in
      switch value {
      case .text, .list, .tuple, .dictionary, .undefined: true
      default: false
      }
    },
    "iterable": { _, value, _ in
      switch value {
      case .text, .list, .tuple, .dictionary, .iterator, .undefined, .loop: true
      default: false
      }
    },
    "lower": { evaluator, value, passed in try evaluator.text(value, passed.line).isCase(upper: false) },
    "upper": { evaluator, value, passed in try evaluator.text(value, passed.line).isCase(upper: true) },
    "odd": { evaluator, value, passed in
      try evaluator.compare(try evaluator.apply(.remainder, value, .int(2), passed.line), .equal, .int(1), passed.line)
    },
    "even": { evaluator, value, passed in
      try evaluator.compare(try evaluator.apply(.remainder, value, .int(2), passed.line), .equal, .int(0), passed.line)
    },
    "divisibleby": { evaluator, value, passed in
      let divisor = try passed.ordered(["num"], needed: 1, of: "divisibleby")[0] ?? .none
      let rest = try evaluator.apply(.remainder, value, divisor, passed.line)
      return try evaluator.compare(rest, .equal, .int(0), passed.line)
    },
    "sameas": { evaluator, value, passed in
      let other = try passed.ordered(["other"], needed: 1, of: "sameas")[0] ?? .none
      guard value.type == other.type else { return false }
      switch value {
      case .none, .bool, .namespace, .int: return try evaluator.equal(value, other, passed.line)
      default: throw JinjaFault.unsupported(line: passed.line, construct: "the test sameas of a \(value.type)")
      }
    },
    "filter": { evaluator, value, passed in Filters.all[try evaluator.text(value, passed.line).string] != nil },
    "test": { evaluator, value, passed in Tests.all[try evaluator.text(value, passed.line).string] != nil },
  ]
}

extension Evaluator {
  func test(_ name: String, _ value: Value, _ passed: Passed) throws -> Bool {
    guard let test = Tests.all[name] else {
      throw JinjaFault.unsupported(line: passed.line, construct: "the test \(name)")
    }
    return try deeper(passed.line) { try test(self, value, passed) }
  }
}
