/// Makes statements of tokens, as jinja2's parser does.
struct Parser {
  private let tokens: [Token]
  private var place = 0
  /// How deep statements and parentheses are nested here.
  private var nesting = 0
  private var loops = 0
  /// For each macro around this place, the special names that it uses.
  private var used: [Set<String>] = []

  init(_ tokens: [Token]) { self.tokens = tokens }

  mutating func template() throws -> [Statement] {
    try statements(until: [])
  }

  // MARK: Tokens

  var current: Token { tokens[place] }
  var following: Token { tokens[min(place + 1, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> Token {
    defer { place = min(place + 1, tokens.count - 1) }
    return tokens[place]
  }

  func fails(_ reason: String) -> JinjaFault { .syntax(line: current.line, reason: reason) }

  mutating func skip(_ kind: Token.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  mutating func skip(symbol: String) -> Bool { skip(.symbol(symbol)) }
  mutating func skip(name: String) -> Bool { skip(.name(name)) }

  mutating func expect(_ kind: Token.Kind, _ words: String) throws {
    guard skip(kind) else { throw fails("\(words) was expected, not \(current.description)") }
  }

  mutating func expect(symbol: String) throws { try expect(.symbol(symbol), symbol) }
  mutating func expect(name: String) throws { try expect(.name(name), name) }

  mutating func name() throws -> String {
    guard case .name(let name) = current.kind else { throw fails("a name was expected, not \(current.description)") }
    advance()
    return name
  }

  /// Goes one level deeper for what a closure reads.
  mutating func nested<Result>(_ body: (inout Parser) throws -> Result) throws -> Result {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= JinjaLimits.nesting else {
      throw JinjaFault.exceeded(line: current.line, limit: "more than \(JinjaLimits.nesting) levels of nesting")
    }
    return try body(&self)
  }

  mutating func notes(_ name: String) {
    if !used.isEmpty, ["varargs", "kwargs", "caller"].contains(name) { used[used.count - 1].insert(name) }
  }

  // MARK: Statements

  /// Statements up to a tag that begins with one of the names, which is the current token afterwards.
  private mutating func statements(until ends: Set<String>) throws -> [Statement] {
    var body: [Statement] = []
    while true {
      switch current.kind {
      case .end:
        guard ends.isEmpty else {
          throw fails("the template ends where \(ends.sorted().joined(separator: " or ")) is missing")
        }
        return body
      case .data(let text):
        body.append(.data(MarkedText(text).units, line: current.line))
        advance()
      case .variableBegin:
        advance()
        body.append(.output(try tupleOrExpression()))
        try expect(.variableEnd, "}}")
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return body }
        let added = try nested { try $0.statement() }
        body += added
        try expect(.blockEnd, "%}")
      default: throw fails("unexpected \(current.description)")
      }
    }
  }

  /// The statements in a block, behind its `%}` and up to one of the tags that may end it.
  private mutating func block(until ends: String...) throws -> [Statement] {
    _ = skip(symbol: ":")
    try expect(.blockEnd, "%}")
    return try statements(until: Set(ends))
  }

  private mutating func statement() throws -> [Statement] {
    let line = current.line
    let name = try name()
    switch name {
    case "set": return [try assignment(line)]
    case "if": return [try branches()]
    case "for": return [try loop(line)]
    case "macro": return [.macro(try macro(named: try self.name(), line, end: "endmacro"))]
    case "call": return [try callBlock(line)]
    case "filter":
      let filters = try filterCalls(startsInline: true)
      return [.filtered(filters, body: try block(thenEnd: "endfilter"), line: line)]
    case "with": return [try with()]
    case "generation": return [.scope(try block(thenEnd: "endgeneration"), line: line)]
    case "print":
      var outputs: [Statement] = []
      while current.kind != .blockEnd {
        if !outputs.isEmpty { try expect(symbol: ",") }
        outputs.append(.output(try expression()))
      }
      return outputs
    case "break", "continue":
      guard loops > 0 else { throw JinjaFault.syntax(line: line, reason: "\(name) stands in no loop") }
      return [name == "break" ? .stop(line: line) : .next(line: line)]
    case "block", "extends", "include", "import", "from", "autoescape", "do", "trans":
      throw JinjaFault.unsupported(line: line, construct: "{% \(name) %}")
    default: throw JinjaFault.syntax(line: line, reason: "there is no tag \(name), or it ends nothing here")
    }
  }

  private mutating func block(thenEnd end: String) throws -> [Statement] {
    let body = try block(until: end)
    advance()
    return body
  }

  private mutating func assignment(_ line: Int) throws -> Statement {
    let target = try target(allowsAttribute: true)
    if skip(symbol: "=") { return .assign(target, try tupleOrExpression()) }
    let filters = try filterCalls(startsInline: false)
    return .capture(target, filters: filters, body: try block(thenEnd: "endset"), line: line)
  }

  private mutating func branches() throws -> Statement {
    var branches: [(Expression, [Statement])] = []
    repeat {
      let condition = try tupleOrExpression(hasChoice: false)
      branches.append((condition, try block(until: "elif", "else", "endif")))
    } while skip(name: "elif")
    guard skip(name: "else") else {
      advance()
      return .branches(branches, otherwise: [])
    }
    return .branches(branches, otherwise: try block(thenEnd: "endif"))
  }

  private mutating func loop(_ line: Int) throws -> Statement {
    let target = try target(allowsAttribute: false)
    try expect(name: "in")
    let items = try tupleOrExpression(hasChoice: false)
    let condition = skip(name: "if") ? try expression() : nil
    if current.kind == .name("recursive") {
      throw JinjaFault.unsupported(line: current.line, construct: "a recursive loop")
    }
    loops += 1
    let body = try block(until: "endfor", "else")
    loops -= 1
    let otherwise = skip(name: "else") ? try block(thenEnd: "endfor") : []
    if otherwise.isEmpty, current.kind == .name("endfor") { advance() }
    return .loop(
      .init(target: target, items: items, condition: condition, body: body, otherwise: otherwise, line: line))
  }

  private mutating func macro(named name: String, _ line: Int, end: String) throws -> Statement.Macro {
    var parameters: [(name: String, fallback: Expression?)] = []
    used.append([])
    if current.kind == .symbol("(") {
      advance()
      while current.kind != .symbol(")") {
        if !parameters.isEmpty { try expect(symbol: ",") }
        let name = try self.name()
        let fallback = skip(symbol: "=") ? try expression() : nil
        guard fallback != nil || parameters.last?.fallback == nil else {
          throw fails("the parameter \(name) without a default stands behind one with a default")
        }
        parameters.append((name, fallback))
      }
      advance()
    } else if end == "endmacro" {
      throw fails("( was expected, not \(current.description)")
    }
    return try macro(named: name, parameters, line, end: end)
  }

  private mutating func macro(
    named name: String, _ parameters: [(name: String, fallback: Expression?)], _ line: Int, end: String
  ) throws -> Statement.Macro {
    let outer = loops
    loops = 0
    let body = try block(thenEnd: end)
    loops = outer
    let names = used.removeLast()
    return Statement.Macro(
      name: name, parameters: parameters, body: body, line: line, usesRest: names.contains("varargs"),
      usesNamedRest: names.contains("kwargs"), usesCaller: names.contains("caller"))
  }

  private mutating func callBlock(_ line: Int) throws -> Statement {
    var parameters: [(name: String, fallback: Expression?)] = []
    if skip(symbol: "(") {
      while current.kind != .symbol(")") {
        if !parameters.isEmpty { try expect(symbol: ",") }
        parameters.append((try name(), skip(symbol: "=") ? try expression() : nil))
      }
      advance()
    }
    let call = try expression()
    guard case .call = call.kind else { throw JinjaFault.syntax(line: line, reason: "a call was expected") }
    used.append([])
    return .call(call, caller: try macro(named: "caller", parameters, line, end: "endcall"))
  }

  private mutating func with() throws -> Statement {
    var values: [(Target, Expression)] = []
    while current.kind != .blockEnd, current.kind != .end {
      if !values.isEmpty { try expect(symbol: ",") }
      let target = try target(allowsAttribute: false)
      try expect(symbol: "=")
      values.append((target, try expression()))
    }
    return .with(values, body: try block(thenEnd: "endwith"))
  }

  // MARK: Targets

  private mutating func target(allowsAttribute: Bool) throws -> Target {
    var targets = [try singleTarget(allowsAttribute)]
    guard current.kind == .symbol(",") else { return targets[0] }
    while skip(symbol: ",") {
      if current.kind == .name("in") || current.kind == .symbol("=") || current.kind == .symbol(")") { break }
      targets.append(try singleTarget(allowsAttribute))
    }
    return .tuple(targets)
  }

  private mutating func singleTarget(_ allowsAttribute: Bool) throws -> Target {
    if skip(symbol: "(") {
      let inner = try nested { try $0.target(allowsAttribute: allowsAttribute) }
      try expect(symbol: ")")
      return inner
    }
    let name = try name()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw fails("\(name) cannot be assigned to")
    }
    if allowsAttribute, skip(symbol: ".") { return .attribute(of: name, try self.name()) }
    return .name(name)
  }
}
