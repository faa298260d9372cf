import Foundation

/// A whole number as Python has it, of any length up to the 4,300 digits that `int()` takes.
struct PythonInt: Hashable, Sendable {
  let isNegative: Bool
  /// Without leading zeros; empty for zero.
  let digits: [UInt8]

  init(_ value: Int) {
    isNegative = value < 0
    digits = value == 0 ? [] : String(value.magnitude).utf8.map { $0 - 48 }
  }

  /// `int(s)`: white space around it, a sign, underscores between digits, digits of any script.
  ///
  /// - Throws: `PythonError.valueError`.
  init(_ text: PythonText) throws(PythonError) {
    var rest = text.stripped().points[...]
    isNegative = rest.first == 0x2D
    if rest.first == 0x2D || rest.first == 0x2B { rest = rest.dropFirst() }
    var digits: [UInt8] = []
    var mayGoOn = false
    for point in rest {
      if let digit = CodePoint.digit(point) {
        digits.append(UInt8(digit))
        mayGoOn = true
      } else if point == 0x5F, mayGoOn {
        mayGoOn = false
      } else {
        throw .valueError("'\(text.string.prefix(40))' is not a whole number")
      }
    }
    guard mayGoOn, digits.count <= 4300 else { throw .valueError("'\(text.string.prefix(40))' is not a whole number") }
    self.digits = Array(digits.drop { $0 == 0 })
  }

  var double: Double {
    let magnitude = digits.reduce(0.0) { $0 * 10 + Double($1) }
    return isNegative ? -magnitude : magnitude
  }

  static func == (a: Self, b: Self) -> Bool {
    a.digits == b.digits && (a.isNegative == b.isNegative || a.digits.isEmpty)
  }

  /// `abs(self - other)`; exact up to 2⁵³, beyond that as far as a double goes.
  func distance(to other: Self) -> Double { self == other ? 0 : abs(double - other.double) }
}

extension Double {
  /// `round(x, places)`: the decimal nearest to the double itself, exact ties to even.
  func rounded(toPlaces places: Int) -> Double {
    // C's conversion is correctly rounded from the binary value, as Python's is.
    isFinite ? Double(String(format: "%.\(places)f", self)) ?? self : self
  }
}
