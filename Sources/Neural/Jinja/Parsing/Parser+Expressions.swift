extension Parser {
  /// An expression, or several with commas between them, which are a tuple.
  mutating func tupleOrExpression(hasChoice: Bool = true, isInParentheses: Bool = false) throws -> Expression {
    let line = current.line
    var items: [Expression] = []
    var isTuple = false
    while !isTupleEnd {
      items.append(try hasChoice ? expression() : disjunction())
      guard skip(symbol: ",") else { break }
      isTuple = true
    }
    if !isTuple, let only = items.first { return only }
    guard isTuple || isInParentheses else { throw fails("an expression was expected, not \(current.description)") }
    return try node(line, .tuple(items), over: items)
  }

  private var isTupleEnd: Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(")"), .end: true
    default: false
    }
  }

  func node(_ line: Int, _ kind: Expression.Kind, over children: [Expression]) throws -> Expression {
    let depth = 1 + (children.lazy.map(\.depth).max() ?? 0)
    guard depth <= JinjaLimits.nesting else {
      throw JinjaFault.exceeded(line: line, limit: "an expression of more than \(JinjaLimits.nesting) levels")
    }
    return Expression(line: line, kind: kind, depth: depth)
  }

  mutating func expression() throws -> Expression {
    try nested { parser in
      var value = try parser.disjunction()
      while parser.current.kind == .name("if") {
        let line = parser.advance().line
        let condition = try parser.disjunction()
        let otherwise = parser.skip(name: "else") ? try parser.expression() : nil
        value = try parser.node(
          line, .choice(condition: condition, then: value, otherwise: otherwise),
          over: [condition, value] + [otherwise].compactMap { $0 })
      }
      return value
    }
  }

  mutating func disjunction() throws -> Expression {
    let line = current.line
    var items = [try conjunction()]
    while skip(name: "or") { items.append(try conjunction()) }
    return items.count == 1 ? items[0] : try node(line, .any(items), over: items)
  }

  private mutating func conjunction() throws -> Expression {
    let line = current.line
    var items = [try negation()]
    while skip(name: "and") { items.append(try negation()) }
    return items.count == 1 ? items[0] : try node(line, .all(items), over: items)
  }

  private mutating func negation() throws -> Expression {
    let line = current.line
    var isNegated = false
    var isNot = false
    while skip(name: "not") {
      isNot = true
      isNegated.toggle()
    }
    let value = try comparison()
    guard isNot else { return value }
    let inner = try node(line, .not(value), over: [value])
    return isNegated ? inner : try node(line, .not(inner), over: [inner])
  }

  private mutating func comparison() throws -> Expression {
    let line = current.line
    let first = try sum()
    var rest: [(comparison: Expression.Comparison, operand: Expression)] = []
    while true {
      if case .symbol(let symbol) = current.kind, let comparison = Expression.Comparison(rawValue: symbol) {
        advance()
        rest.append((comparison, try sum()))
      } else if skip(name: "in") {
        rest.append((.isIn, try sum()))
      } else if current.kind == .name("not"), following.kind == .name("in") {
        advance()
        advance()
        rest.append((.isNotIn, try sum()))
      } else {
        break
      }
    }
    return rest.isEmpty ? first : try node(line, .comparison(first, rest), over: [first] + rest.map(\.operand))
  }

  private mutating func sum() throws -> Expression {
    try chain(["+", "-"]) { try $0.joined() }
  }

  private mutating func joined() throws -> Expression {
    let line = current.line
    var items = [try product()]
    while skip(symbol: "~") { items.append(try product()) }
    return items.count == 1 ? items[0] : try node(line, .joined(items), over: items)
  }

  private mutating func product() throws -> Expression {
    try chain(["*", "/", "//", "%"]) { parser in try parser.chain(["**"]) { try $0.unary(isFiltered: true) } }
  }

  /// Operators of one rank.
  private mutating func chain(
    _ symbols: Set<String>, _ operand: (inout Parser) throws -> Expression
  ) throws -> Expression {
    let line = current.line
    let first = try operand(&self)
    var rest: [(operation: Expression.Arithmetic, operand: Expression)] = []
    while case .symbol(let symbol) = current.kind, symbols.contains(symbol),
      let operation = Expression.Arithmetic(rawValue: symbol)
    {
      advance()
      rest.append((operation, try operand(&self)))
    }
    return rest.isEmpty ? first : try node(line, .arithmetic(first, rest), over: [first] + rest.map(\.operand))
  }

  private mutating func unary(isFiltered: Bool) throws -> Expression {
    let line = current.line
    var value: Expression
    if skip(symbol: "-") {
      let inner = try nested { try $0.unary(isFiltered: false) }
      value = try node(line, .signed(inner, isNegative: true), over: [inner])
    } else if skip(symbol: "+") {
      let inner = try nested { try $0.unary(isFiltered: false) }
      value = try node(line, .signed(inner, isNegative: false), over: [inner])
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return isFiltered ? try filtersAndTests(value) : value
  }

  private mutating func primary() throws -> Expression {
    let token = current
    func literal(_ value: Expression.Literal) -> Expression {
      Expression(line: token.line, kind: .literal(value), depth: 1)
    }
    switch token.kind {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return literal(.bool(true))
      case "false", "False": return literal(.bool(false))
      case "none", "None": return literal(.none)
      default:
        notes(name)
        return Expression(line: token.line, kind: .name(name), depth: 1)
      }
    case .string(var text):
      advance()
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return literal(.text(text))
    case .integer(let value):
      advance()
      return literal(.int(value))
    case .float(let value):
      advance()
      return literal(.float(value))
    case .symbol("("):
      advance()
      let inner = try nested { try $0.tupleOrExpression(isInParentheses: true) }
      try expect(symbol: ")")
      return inner
    case .symbol("["):
      advance()
      let items = try items(until: "]") { try $0.expression() }
      return try node(token.line, .list(items), over: items)
    case .symbol("{"):
      advance()
      let pairs = try items(until: "}") { parser in
        let key = try parser.expression()
        try parser.expect(symbol: ":")
        return (key: key, value: try parser.expression())
      }
      return try node(token.line, .dictionary(pairs), over: pairs.flatMap { [$0.key, $0.value] })
    default: throw fails("unexpected \(token.description)")
    }
  }

  /// Items with commas between them, and perhaps one behind them.
  private mutating func items<Item>(
    until end: String, _ item: (inout Parser) throws -> Item
  ) throws -> [Item] {
    var items: [Item] = []
    while current.kind != .symbol(end) {
      if !items.isEmpty { try expect(symbol: ",") }
      if current.kind == .symbol(end) { break }
      items.append(try item(&self))
    }
    advance()
    return items
  }

  private mutating func postfix(_ first: Expression) throws -> Expression {
    var value = first
    while case .symbol(let symbol) = current.kind {
      switch symbol {
      case ".": value = try attribute(of: value)
      case "[": value = try subscripted(value)
      case "(": value = try call(value)
      default: return value
      }
    }
    return value
  }

  private mutating func attribute(of value: Expression) throws -> Expression {
    let line = advance().line
    switch current.kind {
    case .name(let name):
      advance()
      return try node(line, .attribute(value, name), over: [value])
    case .integer(let index):
      advance()
      let item = Expression(line: line, kind: .literal(.int(index)), depth: 1)
      return try node(line, .item(value, item), over: [value])
    default: throw fails("a name or number was expected behind the dot, not \(current.description)")
    }
  }

  private mutating func subscripted(_ value: Expression) throws -> Expression {
    let line = advance().line
    func isEnd(_ parser: Parser) -> Bool { parser.current.kind == .symbol("]") || parser.current.kind == .symbol(",") }
    var bounds: [Expression?] = [nil, nil, nil]
    var isSlice = false
    if current.kind != .symbol(":") { bounds[0] = try expression() }
    for index in 1...2 where skip(symbol: ":") {
      isSlice = true
      if !isEnd(self), current.kind != .symbol(":") { bounds[index] = try expression() }
    }
    if current.kind == .symbol(",") {
      throw JinjaFault.unsupported(line: line, construct: "a subscript of several items")
    }
    try expect(symbol: "]")
    let parts = [value] + bounds.compactMap { $0 }
    if !isSlice, let item = bounds[0] { return try node(line, .item(value, item), over: parts) }
    return try node(line, .slice(value, from: bounds[0], to: bounds[1], step: bounds[2]), over: parts)
  }

  private mutating func call(_ value: Expression) throws -> Expression {
    let line = current.line
    let arguments = try arguments()
    return try node(line, .call(value, arguments), over: [value] + arguments.expressions)
  }

  private mutating func arguments() throws -> Arguments {
    try expect(symbol: "(")
    var arguments = Arguments()
    var isFirst = true
    while current.kind != .symbol(")") {
      if !isFirst {
        try expect(symbol: ",")
        if current.kind == .symbol(")") { break }
      }
      isFirst = false
      if skip(symbol: "*") {
        guard arguments.list == nil, arguments.dictionary == nil else { throw fails("a second * in a call") }
        arguments.list = try expression()
      } else if skip(symbol: "**") {
        guard arguments.dictionary == nil else { throw fails("a second ** in a call") }
        arguments.dictionary = try expression()
      } else if case .name(let name) = current.kind, following.kind == .symbol("=") {
        advance()
        advance()
        arguments.named.append((name, try expression()))
      } else {
        guard arguments.named.isEmpty, arguments.list == nil, arguments.dictionary == nil else {
          throw fails("an argument without a name stands behind one with a name")
        }
        arguments.positional.append(try expression())
      }
    }
    advance()
    return arguments
  }

  private mutating func filtersAndTests(_ first: Expression) throws -> Expression {
    var value = first
    while true {
      if current.kind == .symbol("|") {
        for filter in try filterCalls(startsInline: false) {
          value = try node(
            filter.line, .filter(filter.name, value, filter.arguments), over: [value] + filter.arguments.expressions)
        }
      } else if current.kind == .name("is") {
        value = try test(value)
      } else if current.kind == .symbol("(") {
        value = try call(value)
      } else {
        return value
      }
    }
  }

  mutating func filterCalls(startsInline: Bool) throws -> [Statement.FilterCall] {
    var calls: [Statement.FilterCall] = []
    while calls.isEmpty && startsInline || skip(symbol: "|") {
      let line = current.line
      let name = try dottedName()
      let arguments = current.kind == .symbol("(") ? try arguments() : Arguments()
      calls.append(.init(name: name, arguments: arguments, line: line))
    }
    return calls
  }

  private mutating func test(_ value: Expression) throws -> Expression {
    let line = advance().line
    let isNegated = skip(name: "not")
    let name = try dottedName()
    var arguments = Arguments()
    if current.kind == .symbol("(") {
      arguments = try self.arguments()
    } else if current.kind == .name("is") {
      throw fails("two tests in a row need parentheses")
    } else if beginsArgument {
      let argument = try postfix(primary())
      arguments.positional = [argument]
    }
    let test = try node(line, .test(name, value, arguments), over: [value] + arguments.expressions)
    return isNegated ? try node(line, .not(test), over: [test]) : test
  }

  private var beginsArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and", "is"].contains(name)
    case .string, .integer, .float, .symbol("["), .symbol("{"): true
    default: false
    }
  }

  private mutating func dottedName() throws -> String {
    var name = try name()
    while skip(symbol: ".") { name += "." + (try self.name()) }
    return name
  }
}
