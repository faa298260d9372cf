/// A node of an expression, with the line it stands on.
struct Expression: Sendable {
  let line: Int
  let kind: Kind
  /// How many nodes stand below one another, itself included.
  let depth: Int

  indirect enum Kind: Sendable {
    case literal(Literal)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(key: Expression, value: Expression)])
    case attribute(Expression, String)
    case item(Expression, Expression)
    case slice(Expression, from: Expression?, to: Expression?, step: Expression?)
    case call(Expression, Arguments)
    case filter(String, Expression, Arguments)
    case test(String, Expression, Arguments)
    case not(Expression)
    case signed(Expression, isNegative: Bool)
    /// Operators of one rank, from left to right.
    case arithmetic(Expression, [(operation: Arithmetic, operand: Expression)])
    case joined([Expression])
    case comparison(Expression, [(comparison: Comparison, operand: Expression)])
    case all([Expression])
    case any([Expression])
    case choice(condition: Expression, then: Expression, otherwise: Expression?)
  }

  enum Literal: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(String)
  }

  enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case different = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
  }
}

/// What is passed to a call, filter or test.
struct Arguments: Sendable {
  var positional: [Expression] = []
  var named: [(name: String, value: Expression)] = []
  /// `*list` and `**dictionary`.
  var list: Expression?
  var dictionary: Expression?

  var expressions: [Expression] {
    positional + named.map(\.value) + [list, dictionary].compactMap { $0 }
  }
}
