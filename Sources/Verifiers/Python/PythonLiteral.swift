/// As much of Python's literals as gold answers are written in.
enum PythonLiteral {
  /// `str(ast.literal_eval(text)[0])` for a list or tuple whose first element is a string, a number,
  /// True, False or None, and for a string, whose first character it is.
  static func firstElement(of text: String) throws(PythonError) -> PythonText {
    var rest = PythonText(text).stripped().points[...]
    if let quote = rest.first, quote == 0x27 || quote == 0x22 {
      guard let first = try string(&rest).points.first else { throw .indexError("the answer is empty") }
      return PythonText([first])
    }
    guard let open = rest.popFirst(), open == 0x5B || open == 0x28 else {
      throw .valueError("the answer '\(text.prefix(40))' is not a list")
    }
    rest = rest.drop(while: CodePoint.isSpace)
    guard let first = rest.first else { throw .syntaxError("the answer '\(text.prefix(40))' does not end") }
    if first == 0x5D || first == 0x29 { throw .indexError("the answer is an empty list") }
    let element = first == 0x27 || first == 0x22 ? try string(&rest) : try bare(&rest)
    guard let next = rest.first(where: { !CodePoint.isSpace($0) }), [0x2C, 0x5D, 0x29].contains(next) else {
      throw .syntaxError("the answer '\(text.prefix(40))' is not a list of values")
    }
    return element
  }

  private static func string(_ rest: inout ArraySlice<UInt32>) throws(PythonError) -> PythonText {
    let quote = rest.popFirst()
    var points: [UInt32] = []
    while let point = rest.popFirst() {
      if point == quote { return PythonText(points) }
      guard point == 0x5C, let escaped = rest.popFirst() else {
        points.append(point)
        continue
      }
      switch escaped {
      case 0x6E: points.append(0x0A)
      case 0x74: points.append(0x09)
      case 0x5C, 0x27, 0x22: points.append(escaped)
      default: points += [point, escaped]
      }
    }
    throw .syntaxError("a string in the answer does not end")
  }

  /// A number or a name, as `str` writes it.
  private static func bare(_ rest: inout ArraySlice<UInt32>) throws(PythonError) -> PythonText {
    let word = PythonText(rest.prefix { ![0x2C, 0x5D, 0x29].contains($0) }).stripped()
    rest = rest.drop { ![0x2C, 0x5D, 0x29].contains($0) }
    if ["True", "False", "None"].contains(word) { return word }
    if let number = try? PythonInt(word) { return written(number) }
    if let number = Double(word.string), number.isFinite { return PythonText("\(number)") }
    throw .valueError("'\(word.string.prefix(40))' is not a value")
  }

  private static func written(_ number: PythonInt) -> PythonText {
    guard !number.digits.isEmpty else { return "0" }
    return PythonText((number.isNegative ? [0x2D] : []) + number.digits.map { UInt32($0) + 0x30 })
  }

  /// `int(x)` of a value that `str` has written; of a float that is its whole part.
  static func wholeNumber(_ text: PythonText) throws(PythonError) -> PythonInt {
    if let number = try? PythonInt(text) { return number }
    guard let number = Double(text.string), let whole = Int(exactly: number.rounded(.towardZero)) else {
      throw .valueError("'\(text.string.prefix(40))' is not a number")
    }
    return PythonInt(whole)
  }
}
