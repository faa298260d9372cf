extension Evaluator {
  func evaluate(_ expression: Expression, in scope: Scope) throws -> Value {
    try deeper(expression.line) { try value(of: expression, in: scope) }
  }

  private func value(of expression: Expression, in scope: Scope) throws -> Value {
    let line = expression.line
    switch expression.kind {
    case .literal(let literal): return Self.value(literal)
    case .name(let name): return scope.find(name) ?? .undefined("\(name) is undefined")
    case .attribute(let owner, let name): return try attribute(name, of: try evaluate(owner, in: scope), line)
    case .item(let owner, let key):
      return try item(try evaluate(key, in: scope), of: try evaluate(owner, in: scope), line)
    case .not(let inner): return .bool(try !evaluate(inner, in: scope).isTrue)
    case .call: return try evaluate(call: expression, in: scope, caller: nil)
    case .filter(let name, let input, let arguments):
      let input = try evaluate(input, in: scope)
      return try apply(name, to: input, try bound(arguments, in: scope, line))
    case .test(let name, let input, let arguments):
      let input = try evaluate(input, in: scope)
      return .bool(try test(name, input, try bound(arguments, in: scope, line)))
    case .choice(let condition, let then, let otherwise):
      if try evaluate(condition, in: scope).isTrue { return try evaluate(then, in: scope) }
      if let otherwise { return try evaluate(otherwise, in: scope) }
      return .undefined("the expression has no else, and its condition is false")
    case .all(let items): return try first(of: items, in: scope) { !$0.isTrue }
    case .any(let items): return try first(of: items, in: scope) { $0.isTrue }
    case .comparison(let first, let rest): return .bool(try compare(first, rest, in: scope))
    case .joined(let items): return .text(try joined(items, in: scope, line))
    case .arithmetic(let first, let rest): return try arithmetic(first, rest, in: scope, line)
    case .signed(let inner, let isNegative): return try signed(try evaluate(inner, in: scope), isNegative, line)
    case .list(let items): return .list(try list(try items.map { try evaluate($0, in: scope) }, line))
    case .tuple(let items): return .tuple(try list(try items.map { try evaluate($0, in: scope) }, line))
    case .dictionary(let pairs): return try dictionary(pairs, in: scope, line)
    case .slice(let owner, let from, let to, let step):
      return try slice(
        try evaluate(owner, in: scope), try from.map { try evaluate($0, in: scope) },
        try to.map { try evaluate($0, in: scope) }, try step.map { try evaluate($0, in: scope) }, line)
    }
  }

  private static func value(_ literal: Expression.Literal) -> Value {
    switch literal {
    case .none: .none
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .float(let value): .float(value)
    case .text(let text): .text(text)
    }
  }

  /// As `and` and `or`: the first value that decides, or the last.
  private func first(
    of items: [Expression], in scope: Scope, where decides: (Value) -> Bool
  ) throws -> Value {
    var value = Value.none
    for item in items {
      value = try evaluate(item, in: scope)
      if decides(value) { break }
    }
    return value
  }

  private func compare(
    _ first: Expression, _ rest: [(comparison: Expression.Comparison, operand: Expression)], in scope: Scope
  ) throws -> Bool {
    var left = try evaluate(first, in: scope)
    for (comparison, operand) in rest {
      let right = try evaluate(operand, in: scope)
      guard try compare(left, comparison, right, first.line) else { return false }
      left = right
    }
    return true
  }

  func compare(_ left: Value, _ comparison: Expression.Comparison, _ right: Value, _ line: Int) throws -> Bool {
    switch comparison {
    case .equal: return try equal(left, right, line)
    case .different: return try !equal(left, right, line)
    case .isIn: return try contains(right, left, line)
    case .isNotIn: return try !contains(right, left, line)
    case .less: return try less(try used(left, line), try used(right, line), line)
    case .greater: return try less(try used(right, line), try used(left, line), line)
    case .lessOrEqual:
      // Not the opposite of greater: nan is neither.
      return try less(try used(left, line), try used(right, line), line) || equal(left, right, line)
    case .greaterOrEqual:
      return try less(try used(right, line), try used(left, line), line) || equal(left, right, line)
    }
  }

  /// A value that must be defined.
  func used(_ value: Value, _ line: Int) throws -> Value {
    if case .undefined(let reason) = value { throw JinjaFault.failed(line: line, reason: reason) }
    return value
  }

  private func joined(_ items: [Expression], in scope: Scope, _ line: Int) throws -> MarkedText {
    var result = MarkedText()
    for item in items {
      let text = try text(try evaluate(item, in: scope), line)
      try spend(text.count, line)
      result.units += text.units
    }
    return result
  }

  private func dictionary(
    _ pairs: [(key: Expression, value: Expression)], in scope: Scope, _ line: Int
  ) throws -> Value {
    var dictionary = Mapping()
    try spend(items: pairs.count, line)
    for pair in pairs {
      let key = try evaluate(pair.key, in: scope)
      try put(try evaluate(pair.value, in: scope), at: key, in: &dictionary, line)
    }
    return .dictionary(dictionary)
  }

  func put(_ value: Value, at key: Value, in dictionary: inout Mapping, _ line: Int) throws {
    guard dictionary.put(value, at: key) else {
      throw JinjaFault.failed(line: line, reason: "a value of type \(key.type) cannot be a key")
    }
    guard dictionary.depth <= JinjaLimits.valueDepth else { throw tooDeep(line) }
  }
}
