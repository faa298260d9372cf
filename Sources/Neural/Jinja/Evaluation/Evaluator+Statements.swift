extension Evaluator {
  /// How a list of statements ended.
  enum Flow { case through, stop, next }

  func run(_ statements: [Statement], in scope: Scope) throws -> Flow {
    for statement in statements {
      let flow = try run(statement, in: scope)
      guard case .through = flow else { return flow }
    }
    return .through
  }

  private func run(_ statement: Statement, in scope: Scope) throws -> Flow {
    switch statement {
    case .data(let units, let line):
      try spend(units.count, line)
      output.units += units
      return .through
    case .output(let expression):
      let text = try text(try evaluate(expression, in: scope), expression.line)
      try spend(text.count, expression.line)
      output.units += text.units
      return .through
    case .assign(let target, let expression):
      try assign(try evaluate(expression, in: scope), to: target, in: scope, expression.line)
      return .through
    case .branches(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition, in: scope).isTrue {
        return try deeper(branch.condition.line) { try run(branch.body, in: scope) }
      }
      return try deeper(branches[0].condition.line) { try run(otherwise, in: scope) }
    case .loop(let loop): return try deeper(loop.line) { try run(loop, in: scope) }
    case .stop: return .stop
    case .next: return .next
    default: return try deeper(statement.line) { try runRare(statement, in: scope) }
    }
  }

  private func runRare(_ statement: Statement, in scope: Scope) throws -> Flow {
    switch statement {
    case .macro(let macro):
      keep(scope)
      scope.names[macro.name] = .function(.macro(MacroValue(macro, in: scope)))
    case .capture(let target, let filters, let body, let line):
      let captured = Value.text(try captured { try run(body, in: Scope(in: scope)) })
      try assign(try filtered(captured, filters, in: scope), to: target, in: scope, line)
    case .filtered(let filters, let body, let line):
      let captured = Value.text(try captured { try run(body, in: Scope(in: scope)) })
      let result = try text(try filtered(captured, filters, in: scope), line)
      try spend(result.count, line)
      output.units += result.units
    case .call(let expression, let caller):
      keep(scope)
      let caller = Value.function(.macro(MacroValue(caller, in: scope)))
      let text = try text(try evaluate(call: expression, in: scope, caller: caller), expression.line)
      try spend(text.count, expression.line)
      output.units += text.units
    case .with(let values, let body):
      let inner = Scope(in: scope)
      for (target, value) in values { try assign(try evaluate(value, in: scope), to: target, in: inner, value.line) }
      return try run(body, in: inner)
    case .scope(let body, _): return try run(body, in: Scope(in: scope))
    default: break
    }
    return .through
  }

  /// What statements write, apart from the output around them.
  func captured(_ body: () throws -> Flow) throws -> MarkedText {
    let outer = output
    output = MarkedText()
    defer { output = outer }
    _ = try body()
    return output
  }

  private func filtered(_ value: Value, _ filters: [Statement.FilterCall], in scope: Scope) throws -> Value {
    var value = value
    for filter in filters {
      value = try apply(filter.name, to: value, try bound(filter.arguments, in: scope, filter.line))
    }
    return value
  }

  func assign(_ value: Value, to target: Target, in scope: Scope, _ line: Int) throws {
    switch target {
    case .name(let name): scope.names[name] = value
    case .attribute(let owner, let name):
      guard case .namespace(let namespace)? = scope.find(owner) else {
        throw JinjaFault.failed(line: line, reason: "\(owner) is no namespace, so its attribute \(name) cannot be set")
      }
      guard !name.hasPrefix("_") else {
        throw JinjaFault.failed(line: line, reason: "the attribute \(name) of a namespace begins with an underscore")
      }
      namespace.values[name] = value
    case .tuple(let targets):
      let values = try items(of: value, line)
      guard values.count == targets.count else {
        throw JinjaFault.failed(line: line, reason: "\(values.count) values cannot be put in \(targets.count) names")
      }
      for (target, value) in zip(targets, values) { try assign(value, to: target, in: scope, line) }
    }
  }

  private func run(_ loop: Statement.Loop, in scope: Scope) throws -> Flow {
    var items = try items(of: try evaluate(loop.items, in: scope), loop.line)
    if let condition = loop.condition {
      items = try items.filter { item in
        let inner = Scope(in: scope)
        try assign(item, to: loop.target, in: inner, loop.line)
        return try evaluate(condition, in: inner).isTrue
      }
    }
    guard !items.isEmpty else { return try run(loop.otherwise, in: Scope(in: scope)) }
    let state = LoopState(items)
    for (index, item) in items.enumerated() {
      try step(loop.line)
      state.index = index
      let inner = Scope(in: scope)
      inner.names["loop"] = .loop(state)
      try assign(item, to: loop.target, in: inner, loop.line)
      if case .stop = try run(loop.body, in: inner) { break }
    }
    return .through
  }
}
