/// Reads JSON strictly, one value after the other, and holds only its position.
///
/// Foundation's decoder silently keeps one of two equal keys, treats texts as equal that differ in bytes, and
/// builds the whole tree before its size can be checked. A checkpoint's header and a tokenizer's vocabulary are
/// of unknown origin, may have 100 MB, and must not be ambiguous.
///
///     var reader = JSONReader(bytes, file: "index.json")
///     try reader.members { reader, key in print(reader.text(key), try reader.skip()) }
///     try reader.end()
///
/// No number in the file decides an allocation, nesting is bounded, and no byte outside the file is read. A
/// hostile file is therefore refused at no more cost than its own length.
///
/// Source: RFC 8259. Stricter in two points: a key stands once, and half of a surrogate pair is not
/// text.
///
/// - Throws: `JSONFault.broken`, which names the byte.
public struct JSONReader {
  /// The name that errors give.
  public let file: String
  /// Where the next value is looked for, in bytes.
  public internal(set) var offset = 0
  let bytes: UnsafeRawBufferPointer
  private let deepest: Int
  private let origin: Int
  private var depth = 0

  /// - Parameters:
  ///   - bytes: the document, valid as long as the reader is used.
  ///   - file: the name in errors.
  ///   - origin: where in the file they begin, for errors.
  ///   - deepest: the greatest nesting of tables and lists.
  public init(_ bytes: UnsafeRawBufferPointer, file: String, origin: Int = 0, deepest: Int = 64) {
    self.bytes = bytes
    self.file = file
    self.origin = origin
    self.deepest = deepest
  }

  // MARK: Values

  /// The kinds of a value.
  public enum Kind: Sendable { case null, bool, number, string, list, table }

  /// Where the next value begins: behind the blanks at `offset`.
  public var begin: Int {
    var place = offset
    while place < bytes.count, Self.isBlank(bytes[place]) { place += 1 }
    return place
  }

  /// The kind of the next value, by its first byte; nil where no value begins.
  public var kind: Kind? {
    let place = begin
    guard place < bytes.count else { return nil }
    switch bytes[place] {
    case UInt8(ascii: "{"): return .table
    case UInt8(ascii: "["): return .list
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: return nil
    }
  }

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - limit: how many keys it may have.
  ///   - member: reads the value of each key.
  public mutating func members(
    limit: Int = .max, _ member: (inout JSONReader, JSONString) throws -> Void
  ) throws {
    try enter("{")
    defer { depth -= 1 }
    if skips("}") { return }
    var keys = Set<Key>()
    repeat {
      skipBlanks()
      let begin = offset
      let key = try string()
      guard keys.insert(Key(key, in: bytes)).inserted else {
        throw broken(.uniqueKeys, at: begin, expected: "each key once", found: "\(shown(text(key))) twice")
      }
      guard keys.count <= limit else {
        throw broken(.count, at: begin, expected: "at most \(limit) keys", found: "more")
      }
      try expect(":")
      try member(&self, key)
    } while skips(",")
    try expect("}", or: ",")
  }

  /// Reads a list.
  ///
  /// - Parameters:
  ///   - limit: how many elements it may have.
  ///   - element: reads each.
  public mutating func elements(limit: Int = .max, _ element: (inout JSONReader) throws -> Void) throws {
    try enter("[")
    defer { depth -= 1 }
    if skips("]") { return }
    var count = 0
    repeat {
      count += 1
      guard count <= limit else { throw broken(.count, expected: "at most \(limit) elements", found: "more") }
      try element(&self)
    } while skips(",")
    try expect("]", or: ",")
  }

  /// - Throws: where neither `true` nor `false` comes next.
  public mutating func bool() throws -> Bool {
    if skips(word: "true") { return true }
    if skips(word: "false") { return false }
    throw misspelt("true or false")
  }

  /// - Throws: where `null` does not come next.
  public mutating func null() throws {
    guard skips(word: "null") else { throw misspelt("null") }
  }

  /// Checks one value of any kind and keeps nothing of it.
  public mutating func skip() throws {
    switch kind {
    case .table: try members(limit: 100_000) { reader, _ in try reader.skip() }
    case .list: try elements { try $0.skip() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .bool: _ = try bool()
    case .null: try null()
    case nil: throw misspelt("a value")
    }
  }

  /// Whether nothing but blanks follows.
  public var isAtEnd: Bool { begin == bytes.count }

  /// Nothing but blanks may follow.
  public mutating func end() throws {
    skipBlanks()
    guard offset == bytes.count else { throw misspelt("the end of the text") }
  }

  // MARK: Faults

  /// - Parameter byte: where, counted from where the reader began; the place that is read next without one.
  public func broken(_ rule: JSONFault.Rule, at byte: Int? = nil, expected: String, found: String) -> JSONFault {
    .broken(rule, file: file, byte: origin + (byte ?? offset), expected: expected, found: found)
  }

  /// The error for an unexpected byte.
  public func misspelt(_ expected: String) -> JSONFault {
    guard offset < bytes.count else { return broken(.grammar, expected: expected, found: "the end of the text") }
    let byte = bytes[offset]
    let found = byte > 0x20 && byte < 0x7f ? "“\(Character(Unicode.Scalar(byte)))”" : "the byte \(byte)"
    return broken(.grammar, expected: expected, found: found)
  }

  // MARK: Letters

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

  mutating func skipBlanks() {
    while offset < bytes.count, Self.isBlank(bytes[offset]) { offset += 1 }
  }

  /// Whether this byte comes next; if so, it is consumed.
  private mutating func skips(_ letter: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: letter) else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ letter: Unicode.Scalar, or other: Unicode.Scalar? = nil) throws {
    guard skips(letter) else { throw misspelt("“\(letter)”" + (other.map { " or “\($0)”" } ?? "")) }
  }

  private mutating func skips(word: StaticString) -> Bool {
    skipBlanks()
    let count = word.utf8CodeUnitCount
    guard bytes.count - offset >= count, (0..<count).allSatisfy({ bytes[offset + $0] == word.utf8Start[$0] })
    else { return false }
    offset += count
    return true
  }

  private mutating func enter(_ letter: Unicode.Scalar) throws {
    try expect(letter)
    depth += 1
    guard depth <= deepest else {
      throw broken(.depth, expected: "at most \(deepest) levels", found: "values nested deeper")
    }
  }
}

/// A key of a table by its place; two keys are equal if their texts are equal byte for byte.
///
/// Two words, because a table may have a hundred thousand keys: the text of an escaped key is computed on
/// comparison.
private struct Key: Hashable {
  private let place: UnsafeRawPointer?
  private let countAndEscape: Int

  init(_ string: JSONString, in bytes: UnsafeRawBufferPointer) {
    place = bytes.baseAddress.map { $0 + string.range.lowerBound }
    countAndEscape = string.range.count << 1 | (string.isEscaped ? 1 : 0)
  }

  private func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let inside = UnsafeRawBufferPointer(start: place, count: countAndEscape >> 1)
    return countAndEscape & 1 == 0 ? body(inside) : JSONString.unescaped(inside).withUnsafeBytes(body)
  }

  static func == (a: Key, b: Key) -> Bool {
    a.withBytes { a in b.withBytes { b in a.count == b.count && a.elementsEqual(b) } }
  }

  func hash(into hasher: inout Hasher) { withBytes { hasher.combine(bytes: $0) } }
}
