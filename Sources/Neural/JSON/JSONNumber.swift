extension JSONReader {
  /// Reads a number and returns its range.
  public mutating func number() throws -> Range<Int> {
    skipBlanks()
    let begin = offset
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let hasZero = offset < bytes.count && bytes[offset] == UInt8(ascii: "0")
    let whole = skipDigits()
    guard whole > 0 else { throw misspelt("a value") }
    guard !hasZero || whole == 1 else {
      throw broken(.grammar, at: begin, expected: "no zero before a number", found: "\(whole) digits")
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      guard skipDigits() > 0 else { throw misspelt("digits") }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      guard skipDigits() > 0 else { throw misspelt("digits") }
    }
    return begin..<offset
  }

  /// A whole number that is not negative, written as digits alone; nil where it is anything else or too large.
  public mutating func count() -> Int? {
    // Text that is not a JSON number is not a count either; the caller's error says what was
    // expected.
    guard kind == .number, let range = try? number() else { return nil }
    return JSONNumber.count(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  private mutating func skipDigits() -> Int {
    let begin = offset
    while offset < bytes.count, 0x30...0x39 ~= bytes[offset] { offset += 1 }
    return offset - begin
  }
}

enum JSONNumber {
  /// Digits alone as a number; nil where there are other letters, or more than fits.
  static func count(_ digits: UnsafeRawBufferPointer) -> Int? {
    var value = 0
    for byte in digits {
      guard 0x30...0x39 ~= byte else { return nil }
      let (tens, isLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = tens.addingReportingOverflow(Int(byte) - 0x30)
      guard !isLarge, !isLarger else { return nil }
      value = sum
    }
    return digits.isEmpty ? nil : value
  }

  /// The nearest double; nil for text that is not a number, or longer than any double needs.
  static func double(_ letters: UnsafeRawBufferPointer) -> Double? {
    guard letters.count <= 64, let value = Double(String(decoding: letters, as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }
}
