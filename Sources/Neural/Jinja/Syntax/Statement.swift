/// A statement of a template.
indirect enum Statement: Sendable {
  case data([MarkedText.Unit], line: Int)
  case output(Expression)
  case assign(Target, Expression)
  /// `{% set x %}…{% endset %}`, through filters.
  case capture(Target, filters: [FilterCall], body: [Statement], line: Int)
  case branches([(condition: Expression, body: [Statement])], otherwise: [Statement])
  case loop(Loop)
  case macro(Macro)
  /// `{% call(args) f() %}…{% endcall %}`
  case call(Expression, caller: Macro)
  case filtered([FilterCall], body: [Statement], line: Int)
  case with([(target: Target, value: Expression)], body: [Statement])
  /// Statements with names of their own: `{% generation %}`.
  case scope([Statement], line: Int)
  case stop(line: Int)
  case next(line: Int)

  struct FilterCall: Sendable {
    let name: String
    let arguments: Arguments
    let line: Int
  }

  struct Loop: Sendable {
    let target: Target
    let items: Expression
    let condition: Expression?
    let body: [Statement]
    let otherwise: [Statement]
    let line: Int
  }

  struct Macro: Sendable {
    let name: String
    let parameters: [(name: String, fallback: Expression?)]
    let body: [Statement]
    let line: Int
    /// Which of the names that collect what is left over, or the caller, the body uses.
    let usesRest: Bool
    let usesNamedRest: Bool
    let usesCaller: Bool
  }
}

extension Statement {
  var line: Int {
    switch self {
    case .data(_, let line), .capture(_, _, _, let line), .filtered(_, _, let line), .scope(_, let line),
      .stop(let line), .next(let line):
      line
    case .output(let expression), .assign(_, let expression), .call(let expression, _): expression.line
    case .branches(let branches, _): branches.first?.condition.line ?? 1
    case .loop(let loop): loop.line
    case .macro(let macro): macro.line
    case .with(let values, _): values.first?.value.line ?? 1
    }
  }
}

/// What a value is assigned to.
indirect enum Target: Sendable {
  case name(String)
  case attribute(of: String, String)
  case tuple([Target])
}
