/// Which Unicode scalars are letters, numbers and white space to the patterns that split text.
///
/// One byte a scalar, made once per process from the standard library's properties. What a newer
/// Unicode than 16 added is `other`: models were trained with splits that knew no more, and the
/// reference implementation knows no more either.
final class ScalarClasses: @unchecked Sendable {  // nothing is written after `init`
  static let other: UInt8 = 0
  static let letter: UInt8 = 1  // \p{L}
  static let number: UInt8 = 2  // \p{N}
  static let space: UInt8 = 3  // \s, save the next
  static let newline: UInt8 = 4  // \r and \n

  static let shared = ScalarClasses()

  /// Above there are no letters, numbers or blanks.
  private static let end = 0x40000

  let table: UnsafeMutablePointer<UInt8>

  private init() {
    table = .allocate(capacity: Self.end)
    for value in 0..<Self.end {
      table[value] = Unicode.Scalar(UInt32(value)).map(Self.kind) ?? Self.other
    }
  }

  deinit { table.deallocate() }

  private static func kind(of scalar: Unicode.Scalar) -> UInt8 {
    if scalar == "\n" || scalar == "\r" { return newline }
    if let age = scalar.properties.age, age.major > 16 { return other }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return letter
    case .decimalNumber, .letterNumber, .otherNumber: return number
    default: return scalar.properties.isWhitespace ? space : other
    }
  }

  @inline(__always)
  static func isBlank(_ kind: UInt8) -> Bool { kind >= space }
}
