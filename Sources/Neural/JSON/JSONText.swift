/// A JSON document, held as its bytes.
///
/// A vocabulary is a table with 150,000 keys, and none of them may be altered. Strings and numbers stay
/// ranges of the document until they are read.
public struct JSONText: Sendable {
  /// A value; numbers and strings are ranges of the document.
  public enum Value: Sendable {
    case null
    case bool(Bool)
    case number(Range<Int>)
    case string(JSONString)
    case list([Value])
    case table([Member])
  }

  /// A key with its value, in the order of the file.
  public struct Member: Sendable {
    /// Not equal to any other key of its table.
    public var key: JSONString
    /// The value behind the colon.
    public var value: Value
  }

  /// The document.
  public let bytes: [UInt8]
  /// The name that errors give.
  public let file: String
  /// The value of the whole document.
  public private(set) var root: Value = .null

  /// Values that one document may have. The largest published vocabulary has two million; each takes some
  /// dozen bytes here and perhaps two in the file.
  public static let mostValues = 1 << 23

  /// - Parameters:
  ///   - file: the name in errors.
  ///   - limit: how many values it may have.
  /// - Throws: `JSONFault.broken` with the byte at which the document stops being JSON.
  public init(_ bytes: [UInt8], file: String, limit: Int = mostValues) throws {
    self.bytes = bytes
    self.file = file
    root = try bytes.withUnsafeBytes { bytes in
      var reader = JSONReader(bytes, file: file)
      var left = limit
      let root = try Self.value(&reader, left: &left)
      try reader.end()
      return root
    }
  }

  private static func value(_ reader: inout JSONReader, left: inout Int) throws -> Value {
    left -= 1
    guard left >= 0 else {
      throw reader.broken(.count, expected: "no more values than any published document has", found: "another")
    }
    switch reader.kind {
    case .table:
      var members: [Member] = []
      try reader.members { reader, key in
        members.append(Member(key: key, value: try value(&reader, left: &left)))
      }
      return .table(members)
    case .list:
      var list: [Value] = []
      try reader.elements { list.append(try value(&$0, left: &left)) }
      return .list(list)
    case .string: return .string(try reader.string())
    case .number: return .number(try reader.number())
    case .bool: return .bool(try reader.bool())
    case .null:
      try reader.null()
      return .null
    case nil:
      reader.skipBlanks()
      throw reader.misspelt("a value")
    }
  }

  /// The unescaped UTF-8 bytes of a string.
  public func utf8(_ string: JSONString) -> [UInt8] {
    guard string.isEscaped else { return Array(bytes[string.range]) }
    return bytes.withUnsafeBytes { JSONString.unescaped(UnsafeRawBufferPointer(rebasing: $0[string.range])) }
  }

  /// The unescaped text of a string.
  public func text(_ string: JSONString) -> String {
    string.isEscaped
      ? String(decoding: utf8(string), as: UTF8.self) : String(decoding: bytes[string.range], as: UTF8.self)
  }

  /// Whether the unescaped string equals a text, byte for byte.
  func isEqual(_ string: JSONString, _ text: String) -> Bool {
    string.isEscaped ? utf8(string).elementsEqual(text.utf8) : bytes[string.range].elementsEqual(text.utf8)
  }

  /// A whole number written as digits alone, perhaps behind a minus; nil for everything else.
  public func whole(_ value: Value?) -> Int? {
    guard case .number(let range)? = value else { return nil }
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    let digits = isNegative ? range.dropFirst() : range
    let count = bytes.withUnsafeBytes { JSONNumber.count(UnsafeRawBufferPointer(rebasing: $0[digits])) }
    return isNegative ? count.map { -$0 } : count
  }

  /// A number; nil for everything else.
  public func real(_ value: Value?) -> Double? {
    guard case .number(let range)? = value else { return nil }
    return bytes.withUnsafeBytes { JSONNumber.double(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// A value in words, for messages.
  public func words(_ value: Value?) -> String {
    switch value {
    case nil: "missing"
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let range): String(decoding: bytes[range].prefix(80), as: UTF8.self)
    case .string(let string): shown(text(string))
    case .list(let list): "a list of \(list.count)"
    case .table(let members): "a table of \(members.count)"
    }
  }
}
