/// Reads JSON strictly, one value after the other, holding nothing but where it is.
///
/// Foundation's decoder keeps one of two equal keys without a word and builds the whole tree before anyone
/// can say that it is too large; a checkpoint's header is foreign, may have 100 MB, and must not say two
/// things at once.
///
/// Source: RFC 8259. Stricter in one point: half of a surrogate pair is no text.
struct JSONReader {
  let bytes: UnsafeRawBufferPointer
  let file: String
  /// The tensor that is being read about; stands in errors.
  var tensor: String?
  private(set) var offset = 0
  private var depth = 0

  static let deepest = 32

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  func fault(_ rule: Rule, expected: String, found: String) -> CheckpointError {
    .broken(rule, file: file, tensor: tensor, expected: expected, found: found)
  }

  private func misspelt(_ expected: String) -> CheckpointError {
    guard offset < bytes.count else { return fault(.json, expected: expected, found: "the end of the text") }
    let byte = bytes[offset]
    let found = byte > 0x20 && byte < 0x7f ? "“\(Character(Unicode.Scalar(byte)))”" : "byte \(byte)"
    return fault(.json, expected: expected, found: "\(found) at byte \(offset)")
  }

  // MARK: Values

  /// - Parameter member: reads the value of each key.
  mutating func object(limit: Int = 10_000, _ member: (inout JSONReader, String) throws -> Void) throws {
    try enter("{")
    defer { depth -= 1 }
    var keys = Set<String>()
    if skip("}") { return }
    repeat {
      blank()
      let key = try string()
      guard keys.insert(key).inserted else {
        throw fault(.uniqueKeys, expected: "each key once", found: "\(shown(key)) twice")
      }
      guard keys.count <= limit else { throw fault(.countLimit, expected: "at most \(limit)", found: "more") }
      try expect(":")
      blank()
      try member(&self, key)
    } while skip(",")
    try expect("}")
  }

  mutating func array(limit: Int = 10_000, _ element: (inout JSONReader) throws -> Void) throws {
    try enter("[")
    defer { depth -= 1 }
    var count = 0
    if skip("]") { return }
    repeat {
      blank()
      count += 1
      guard count <= limit else { throw fault(.countLimit, expected: "at most \(limit)", found: "more") }
      try element(&self)
    } while skip(",")
    try expect("]")
  }

  /// A whole number that is not negative, written as digits; nil where it is anything else or too large.
  mutating func count() -> Int? {
    blank()
    let begin = offset
    var value = 0
    while offset < bytes.count, case let digit = Int(bytes[offset]) - 0x30, (0...9).contains(digit) {
      let (tens, overflowTens) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(digit)
      guard !overflowTens, !overflow else { return nil }
      value = sum
      offset += 1
    }
    let isPlain = offset > begin && (offset == begin + 1 || bytes[begin] != UInt8(ascii: "0"))
    let goesOn = offset < bytes.count && ".eE".utf8.contains(bytes[offset])
    return isPlain && !goesOn ? value : nil
  }

  /// What a value is, by its first byte.
  var next: Character? {
    var ahead = self
    ahead.blank()
    return ahead.offset < bytes.count ? Character(Unicode.Scalar(bytes[ahead.offset])) : nil
  }

  /// Nothing but blanks may follow.
  mutating func end() throws {
    blank()
    guard offset == bytes.count else { throw misspelt("the end of the text") }
  }

  // MARK: Letters

  mutating func blank() {
    while offset < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[offset]) { offset += 1 }
  }

  /// Whether the letter comes next; then it is behind.
  mutating func skip(_ letter: Unicode.Scalar) -> Bool {
    blank()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: letter) else { return false }
    offset += 1
    return true
  }

  mutating func skip(to place: Int) { offset = place }

  mutating func expect(_ letter: Unicode.Scalar) throws {
    guard skip(letter) else { throw misspelt("“\(letter)”") }
  }

  mutating func word(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count - offset >= count,
      (0..<count).allSatisfy({ bytes[offset + $0] == word.utf8Start[$0] })
    else { return false }
    offset += count
    return true
  }

  private mutating func enter(_ letter: Unicode.Scalar) throws {
    try expect(letter)
    depth += 1
    guard depth <= Self.deepest else {
      throw fault(.depth, expected: "at most \(Self.deepest) levels", found: "more at byte \(offset)")
    }
  }

  // MARK: Text

  mutating func string() throws -> String {
    try expect("\"")
    let begin = offset
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
      if bytes[offset] == UInt8(ascii: "\\") { return try escapedString(from: begin) }
      guard bytes[offset] >= 0x20 else { throw misspelt("no control characters in a string") }
      offset += 1
    }
    let text = try utf8(begin..<offset)
    try expect("\"")
    return text
  }

  private func utf8(_ range: Range<Int>) throws -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw fault(.utf8, expected: "UTF-8", found: "other bytes between \(range.lowerBound) and \(range.upperBound)")
    }
    return text
  }

  private mutating func escapedString(from begin: Int) throws -> String {
    var text = try utf8(begin..<offset)
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
      if bytes[offset] == UInt8(ascii: "\\") {
        text.unicodeScalars.append(try escape())
        continue
      }
      let plain = offset
      while offset < bytes.count, bytes[offset] != UInt8(ascii: "\""), bytes[offset] != UInt8(ascii: "\\") {
        guard bytes[offset] >= 0x20 else { throw misspelt("no control characters in a string") }
        offset += 1
      }
      text += try utf8(plain..<offset)
    }
    try expect("\"")
    return text
  }

  private mutating func escape() throws -> Unicode.Scalar {
    offset += 1
    guard offset < bytes.count else { throw misspelt("an escape") }
    defer { offset += 1 }
    switch bytes[offset] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw misspelt("an escape of JSON")
    }
  }

  /// Leaves the offset at the last digit.
  private mutating func unicodeEscape() throws -> Unicode.Scalar {
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xd800..<0xdc00).contains(first), offset + 2 < bytes.count, bytes[offset + 1] == UInt8(ascii: "\\"),
      bytes[offset + 2] == UInt8(ascii: "u")
    else { throw fault(.utf8, expected: "whole surrogate pairs", found: "half of one at byte \(offset)") }
    offset += 2
    let second = try fourDigits()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw fault(.utf8, expected: "whole surrogate pairs", found: "half of one at byte \(offset)") }
    return scalar
  }

  private mutating func fourDigits() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      offset += 1
      guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue,
        bytes[offset] < 0x80
      else { throw misspelt("four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
