import Foundation

extension Evaluator {
  func arithmetic(
    _ first: Expression, _ rest: [(operation: Expression.Arithmetic, operand: Expression)], in scope: Scope,
    _ line: Int
  ) throws -> Value {
    var left = try evaluate(first, in: scope)
    for (operation, operand) in rest {
      let right = try evaluate(operand, in: scope)
      left = try apply(operation, try used(left, line), try used(right, line), operand.line)
    }
    return left
  }

  func apply(_ operation: Expression.Arithmetic, _ left: Value, _ right: Value, _ line: Int) throws -> Value {
    switch (operation, left, right) {
    case (.add, .text(let left), .text(let right)):
      try spend(left.count + right.count, line)
      return .text(left + right)
    case (.add, .list(let left), .list(let right)): return .list(try list(left.values + right.values, line))
    case (.add, .tuple(let left), .tuple(let right)): return .tuple(try list(left.values + right.values, line))
    case (.remainder, .text(let format), _): return .text(try formatted(format, by: right, line))
    case (.multiply, .text, _), (.multiply, .list, _), (.multiply, .tuple, _):
      return try repeated(left, try index(right, line), line)
    case (.multiply, _, .text), (.multiply, _, .list), (.multiply, _, .tuple):
      return try repeated(right, try index(left, line), line)
    default: break
    }
    guard let first = left.number, let second = right.number else {
      throw JinjaFault.failed(
        line: line, reason: "\(left.type) and \(right.type) cannot stand around \(operation.rawValue)")
    }
    if case .int(let first) = first, case .int(let second) = second {
      return try apply(operation, first, second, line)
    }
    return .float(try apply(operation, first.double, second.double, line))
  }

  private func repeated(_ value: Value, _ times: Int, _ line: Int) throws -> Value {
    let times = max(0, times)
    func room(_ count: Int) throws -> Int {
      let (total, isOver) = count.multipliedReportingOverflow(by: times)
      try spend(isOver ? 1 << 50 : total, line)
      return total
    }
    switch value {
    case .text(let text):
      _ = try room(text.count)
      var result = MarkedText()
      if !text.isEmpty { for _ in 0..<times { result.units += text.units } }
      return .text(result)
    case .list(let items), .tuple(let items):
      _ = try room(8 * items.values.count)
      var result: [Value] = []
      if !items.values.isEmpty { for _ in 0..<times { result += items.values } }
      let repeated = Items(result)
      if case .list = value { return .list(repeated) }
      return .tuple(repeated)
    default: return value
    }
  }

  private func apply(_ operation: Expression.Arithmetic, _ left: Int, _ right: Int, _ line: Int) throws -> Value {
    func whole(_ result: (partialValue: Int, overflow: Bool)) throws -> Value {
      guard !result.overflow else {
        throw JinjaFault.unsupported(line: line, construct: "a whole number of more than 64 bits")
      }
      return .int(result.partialValue)
    }
    let isDivision = [.divide, .floorDivide, .remainder].contains(operation)
    guard !isDivision || right != 0 else { throw JinjaFault.failed(line: line, reason: "division by zero") }
    switch operation {
    case .add: return try whole(left.addingReportingOverflow(right))
    case .subtract: return try whole(left.subtractingReportingOverflow(right))
    case .multiply: return try whole(left.multipliedReportingOverflow(by: right))
    case .divide: return .float(Double(left) / Double(right))
    case .floorDivide:
      let (quotient, isOver) = left.dividedReportingOverflow(by: right)
      let isBelow = !isOver && left % right != 0 && (left < 0) != (right < 0)
      return try whole((quotient - (isBelow ? 1 : 0), isOver))
    case .remainder:
      if right == -1 { return .int(0) }
      let rest = left % right
      return .int(rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest)
    case .power:
      guard right >= 0 else { return .float(try apply(.power, Double(left), Double(right), line)) }
      var result = 1
      if left == 0 || left == 1 { return .int(right == 0 ? 1 : left) }
      if left == -1 { return .int(right % 2 == 0 ? 1 : -1) }
      for _ in 0..<min(right, 64) {
        let (next, isOver) = result.multipliedReportingOverflow(by: left)
        result = next
        if isOver { _ = try whole((0, true)) }
      }
      return .int(result)
    }
  }

  private func apply(
    _ operation: Expression.Arithmetic, _ left: Double, _ right: Double, _ line: Int
  ) throws -> Double {
    let isDivision = [.divide, .floorDivide, .remainder].contains(operation)
    guard !isDivision || right != 0 else { throw JinjaFault.failed(line: line, reason: "division by zero") }
    switch operation {
    case .add: return left + right
    case .subtract: return left - right
    case .multiply: return left * right
    case .divide: return left / right
    case .floorDivide: return (left / right).rounded(.down)
    case .remainder:
      let rest = left.truncatingRemainder(dividingBy: right)
      return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    case .power:
      guard left != 0 || right >= 0 else { throw JinjaFault.failed(line: line, reason: "zero to a negative power") }
      let result = pow(left, right)
      guard !result.isNaN || left.isNaN || right.isNaN, !result.isInfinite || left.isInfinite || right.isInfinite else {
        throw JinjaFault.failed(line: line, reason: "\(left) ** \(right) is no number that can be written")
      }
      return result
    }
  }

  func signed(_ value: Value, _ isNegative: Bool, _ line: Int) throws -> Value {
    switch try used(value, line).number {
    case .int(let number)?:
      guard isNegative else { return .int(number) }
      return try apply(.subtract, 0, number, line)
    case .float(let number)?: return .float(isNegative ? -number : number)
    case nil: throw JinjaFault.failed(line: line, reason: "a value of type \(value.type) has no sign")
    }
  }

  /// As Python's `format % values`, with the conversions `%s %r %d %i %f %x %X %%`.
  func formatted(_ format: MarkedText, by values: Value, _ line: Int) throws -> MarkedText {
    var values: [Value] = if case .tuple(let items) = values { items.values } else { [values] }
    if case .dictionary = values.first {
      throw JinjaFault.unsupported(line: line, construct: "% with a dict")
    }
    values.reverse()
    var result = MarkedText()
    var place = 0
    while place < format.count {
      guard MarkedText.value(format.units[place]) == 0x25 else {
        result.units.append(format.units[place])
        place += 1
        continue
      }
      var specification = ""
      place += 1
      while place < format.count, let scalar = MarkedText.scalar(format.units[place]),
        "-+ 0123456789.".unicodeScalars.contains(scalar)
      {
        specification.unicodeScalars.append(scalar)
        place += 1
      }
      let conversion = place < format.count ? MarkedText.scalar(format.units[place]) : nil
      place += 1
      if conversion == "%" {
        result.units.append(0x25)
        continue
      }
      guard let conversion, specification.count <= 4, "srdifxX".unicodeScalars.contains(conversion) else {
        let letter = conversion.map(String.init) ?? ""
        throw JinjaFault.unsupported(line: line, construct: "the conversion %\(specification)\(letter)")
      }
      guard let value = values.popLast() else { throw JinjaFault.failed(line: line, reason: "% has too few values") }
      result.units += try converted(value, conversion, specification, line).units
    }
    guard values.isEmpty else { throw JinjaFault.failed(line: line, reason: "% has too many values") }
    try spend(result.count, line)
    return result
  }

  private func converted(
    _ value: Value, _ conversion: Unicode.Scalar, _ specification: String, _ line: Int
  ) throws -> MarkedText {
    if conversion == "s" || conversion == "r" {
      guard specification.isEmpty else {
        throw JinjaFault.unsupported(line: line, construct: "the conversion %\(specification)\(conversion)")
      }
      if conversion == "s" { return try text(value, line) }
      var printer = Printer(self, line)
      try printer.writeRepresentation(value)
      return printer.text
    }
    guard let number = value.number else {
      throw JinjaFault.failed(line: line, reason: "%\(conversion) needs a number, not a \(value.type)")
    }
    if conversion == "f" { return MarkedText(String(format: "%\(specification)f", number.double)) }
    let whole: Int
    switch number {
    case .int(let value): whole = value
    case .float(let value):
      guard conversion == "d" || conversion == "i", let value = Int(exactly: value.rounded(.towardZero)) else {
        throw JinjaFault.failed(line: line, reason: "%\(conversion) needs a whole number")
      }
      whole = value
    }
    let length = conversion == "i" ? "d" : String(conversion)
    return MarkedText(String(format: "%\(specification)l\(length)", whole))
  }
}
