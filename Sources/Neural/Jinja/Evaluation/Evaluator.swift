/// Evaluates one template once.
final class Evaluator {
  let date: JinjaDate
  private let limits: JinjaLimits
  private var stepsLeft: Int
  private var scalarsLeft: Int
  private var depth = 0

  /// Where text is written: the template's, or that of the macro or block in which evaluation is.
  var output = MarkedText()
  let root: Scope

  /// Values that can hold one another. They are emptied at the end, so that no circle of them stays in memory.
  private var scopes: [Scope] = []
  private var namespaces: [Namespace] = []

  init(limits: JinjaLimits, date: JinjaDate, variables: [String: JinjaValue]) {
    self.limits = limits
    self.date = date
    stepsLeft = limits.steps
    scalarsLeft = limits.scalars
    let globals = Scope(in: nil)
    for name in Globals.names { globals.names[name] = .function(.global(name)) }
    root = Scope(in: globals)
    for (name, value) in variables {
      root.names[name] = Value(value)
      scalarsLeft += 64 * Self.scalars(in: value)
    }
  }

  private static func scalars(in value: JinjaValue) -> Int {
    switch value {
    case .text(let text): text.utf8.count
    case .foreign(let pieces): pieces.reduce(0) { $0 + $1.utf8.count }
    case .list(let values): values.reduce(0) { $0 + scalars(in: $1) }
    case .dictionary(let pairs): pairs.reduce(0) { $0 + scalars(in: $1.value) }
    default: 0
    }
  }

  /// What the statements of a whole template write.
  func text(of statements: [Statement]) throws -> MarkedText {
    _ = try run(statements, in: root)
    return output
  }

  /// Ends the evaluation.
  func release() {
    for scope in scopes { scope.names = [:] }
    for namespace in namespaces { namespace.values = [:] }
    root.names = [:]
  }

  func keep(_ scope: Scope) { scopes.append(scope) }

  func namespace(_ values: [String: Value]) -> Value {
    let namespace = Namespace(values)
    namespaces.append(namespace)
    return .namespace(namespace)
  }

  // MARK: Bounds

  /// Counts one step.
  func step(_ line: Int) throws {
    stepsLeft -= 1
    guard stepsLeft >= 0 else {
      throw JinjaFault.exceeded(line: line, limit: "more than \(limits.steps) steps")
    }
  }

  /// Counts scalars that are made or looked at.
  func spend(_ scalars: Int, _ line: Int) throws {
    scalarsLeft -= scalars
    guard scalarsLeft >= 0 else {
      throw JinjaFault.exceeded(line: line, limit: "more text than \(limits.scalars) scalars")
    }
  }

  /// Counts the items of a list that is made.
  func spend(items: Int, _ line: Int) throws {
    guard items <= 1 << 40 else { throw JinjaFault.exceeded(line: line, limit: "a list of \(items) items") }
    try spend(8 * items, line)
  }

  /// Goes one level deeper.
  func deeper<Result>(_ line: Int, _ body: () throws -> Result) throws -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= limits.depth else {
      throw JinjaFault.exceeded(line: line, limit: "more than \(limits.depth) levels of nesting")
    }
    try step(line)
    return try body()
  }

  /// A list, where it is not too deep.
  func list(_ values: [Value], _ line: Int) throws -> Items {
    try spend(items: values.count, line)
    let items = Items(values)
    guard items.depth <= JinjaLimits.valueDepth else { throw tooDeep(line) }
    return items
  }

  func tooDeep(_ line: Int) -> JinjaFault {
    .exceeded(line: line, limit: "values of more than \(JinjaLimits.valueDepth) levels")
  }

  // MARK: Conversions

  /// As Python's `str`.
  func text(_ value: Value, _ line: Int) throws -> MarkedText {
    switch value {
    case .text(let text): return text
    case .undefined: return MarkedText()
    default:
      var printer = Printer(self, line)
      try printer.writeRepresentation(value)
      return printer.text
    }
  }

  /// What a loop over a value goes through.
  func items(of value: Value, _ line: Int) throws -> [Value] {
    switch value {
    case .list(let items), .tuple(let items), .iterator(let items): return items.values
    case .dictionary(let dictionary): return dictionary.entries.map(\.key)
    case .text(let text):
      try spend(items: text.count, line)
      return text.units.map { .text(MarkedText(units: [$0])) }
    case .undefined: return []
    case .loop(let loop): return loop.items
    default: throw JinjaFault.failed(line: line, reason: "a value of type \(value.type) cannot be gone through")
    }
  }

  /// A whole number, as Python's `__index__`.
  func index(_ value: Value, _ line: Int) throws -> Int {
    switch value {
    case .int(let value): return value
    case .bool(let value): return value ? 1 : 0
    default: throw JinjaFault.failed(line: line, reason: "a whole number was expected, not a \(value.type)")
    }
  }
}
