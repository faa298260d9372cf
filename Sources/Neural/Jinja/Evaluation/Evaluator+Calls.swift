/// Arguments of a call, evaluated.
struct Passed {
  var positional: [Value] = []
  var named: [(name: String, value: Value)] = []
  let line: Int

  /// Puts the arguments in the order of a function's parameters.
  ///
  /// - Parameters:
  ///   - function: for messages.
  ///   - needed: how many must be given.
  func ordered(_ parameters: [String], needed: Int = 0, of function: String) throws -> [Value?] {
    guard positional.count <= parameters.count else {
      throw fails("\(function) takes at most \(parameters.count) arguments, not \(positional.count)")
    }
    var values: [Value?] = positional.map { .some($0) }
    values += Array(repeating: nil, count: parameters.count - positional.count)
    for (name, value) in named {
      guard let place = parameters.firstIndex(of: name), values[place] == nil else {
        throw fails("\(function) takes no further argument \(name)")
      }
      values[place] = value
    }
    if let missing = parameters.indices.prefix(needed).first(where: { values[$0] == nil }) {
      throw fails("\(function) needs the argument \(parameters[missing])")
    }
    return values
  }

  func fails(_ reason: String) -> JinjaFault { .failed(line: line, reason: reason) }
}

extension Evaluator {
  func bound(_ arguments: Arguments, in scope: Scope, _ line: Int) throws -> Passed {
    var passed = Passed(line: line)
    passed.positional = try arguments.positional.map { try evaluate($0, in: scope) }
    passed.named = try arguments.named.map { ($0.name, try evaluate($0.value, in: scope)) }
    if let list = arguments.list { passed.positional += try items(of: try evaluate(list, in: scope), line) }
    if let dictionary = arguments.dictionary {
      guard case .dictionary(let values) = try evaluate(dictionary, in: scope) else {
        throw passed.fails("** needs a dict")
      }
      for entry in values.entries {
        let (key, value) = (entry.key, entry.value)
        guard case .text(let name) = key else { throw passed.fails("** needs a dict whose keys are names") }
        passed.named.append((name.string, value))
      }
    }
    try spend(items: passed.positional.count + passed.named.count, line)
    return passed
  }

  func evaluate(call expression: Expression, in scope: Scope, caller: Value?) throws -> Value {
    guard case .call(let callee, let arguments) = expression.kind else { return .none }
    let function = try used(try evaluate(callee, in: scope), expression.line)
    var passed = try bound(arguments, in: scope, expression.line)
    if let caller { passed.named.append(("caller", caller)) }
    guard case .function(let function) = function else {
      throw JinjaFault.failed(line: expression.line, reason: "a value of type \(function.type) cannot be called")
    }
    return try deeper(expression.line) { try call(function, passed) }
  }

  private func call(_ function: Value.Function, _ passed: Passed) throws -> Value {
    switch function {
    case .macro(let macro): return .text(try run(macro, passed))
    case .global(let name): return try callGlobal(name, passed)
    case .method(.text(let text), let name): return try callMethod(name, of: text, passed)
    case .method(.dictionary(let dictionary), let name): return try callMethod(name, of: dictionary, passed)
    case .method(.list(let items), let name): return try callMethod(name, of: items, passed) { .list($0) }
    case .method(.tuple(let items), let name): return try callMethod(name, of: items, passed) { .tuple($0) }
    case .method(.loop(let loop), let name): return try callMethod(name, of: loop, passed)
    case .method(let owner, let name):
      throw JinjaFault.unsupported(line: passed.line, construct: "the method \(name) of a \(owner.type)")
    }
  }

  /// What a macro writes.
  private func run(_ macro: MacroValue, _ passed: Passed) throws -> MarkedText {
    let definition = macro.definition
    let scope = Scope(in: macro.scope)
    var named = passed.named
    for (index, parameter) in definition.parameters.enumerated() {
      if index < passed.positional.count {
        scope.names[parameter.name] = passed.positional[index]
        guard !named.contains(where: { $0.name == parameter.name }) else {
          throw passed.fails("the macro \(definition.name) has the argument \(parameter.name) twice")
        }
      } else if let place = named.firstIndex(where: { $0.name == parameter.name }) {
        scope.names[parameter.name] = named.remove(at: place).value
      } else if let fallback = parameter.fallback {
        scope.names[parameter.name] = try evaluate(fallback, in: scope)
      } else {
        scope.names[parameter.name] = .undefined("the parameter \(parameter.name) was not provided")
      }
    }
    if let place = named.firstIndex(where: { $0.name == "caller" }) {
      guard definition.usesCaller else { throw passed.fails("the macro \(definition.name) takes no caller") }
      scope.names["caller"] = named.remove(at: place).value
    } else if definition.usesCaller {
      scope.names["caller"] = .undefined("no caller is defined")
    }
    let rest = Array(passed.positional.dropFirst(definition.parameters.count))
    if definition.usesRest {
      scope.names["varargs"] = .tuple(try list(rest, passed.line))
    } else if !rest.isEmpty {
      throw passed.fails("the macro \(definition.name) takes at most \(definition.parameters.count) arguments")
    }
    if definition.usesNamedRest {
      var dictionary = Mapping()
      for (name, value) in named { try put(value, at: .text(name), in: &dictionary, passed.line) }
      scope.names["kwargs"] = .dictionary(dictionary)
    } else if let unknown = named.first {
      throw passed.fails("the macro \(definition.name) has no parameter \(unknown.name)")
    }
    return try captured { try run(definition.body, in: scope) }
  }
}
