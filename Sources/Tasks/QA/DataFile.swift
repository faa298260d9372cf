import Basics
import Foundation
import JSON

/// A foreign data file: its bytes, and errors that say where in it they are.
struct DataFile: Sendable {
  let path: String
  let data: Data

  /// - Throws: `QAError.unreadable`, which names an encoding or a container that is no JSON text.
  init(_ path: String) throws {
    self.path = path
    guard !path.isEmpty else {
      throw QAError.unreadable(path, reason: "it is empty; give the path of a data set, --set task.file=PATH")
    }
    do { data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
      throw QAError.unreadable(path, reason: error.systemReason)
    }
    if let reason = Self.otherKind(of: Array(data.prefix(8))) { throw QAError.unreadable(path, reason: reason) }
  }

  /// What a file is that cannot be JSON in UTF-8, with what to do; nil where nothing speaks against it.
  static func otherKind(of start: [UInt8]) -> String? {
    func begins(_ bytes: UInt8...) -> Bool { start.starts(with: bytes) }
    func convert(_ name: String, _ code: String) -> String {
      "it is \(name), and data files are UTF-8; convert it: iconv -f \(code) -t UTF-8 FILE > NEW"
    }
    // The byte-order mark of UTF-16 is also the start of that of UTF-32.
    if begins(0xFF, 0xFE, 0, 0) || begins(0, 0, 0xFE, 0xFF) { return convert("UTF-32", "UTF-32") }
    if begins(0xFF, 0xFE) || begins(0xFE, 0xFF) { return convert("UTF-16", "UTF-16") }
    // JSON begins with two ASCII characters (RFC 4627, section 3): the zeros between them tell the width.
    if start.count >= 4 {
      switch (start[0] == 0, start[1] == 0, start[2] == 0, start[3] == 0) {
      case (false, true, true, true): return convert("UTF-32", "UTF-32LE")
      case (true, true, true, false): return convert("UTF-32", "UTF-32BE")
      case (false, true, false, true): return convert("UTF-16", "UTF-16LE")
      case (true, false, true, false): return convert("UTF-16", "UTF-16BE")
      default: break
      }
    }
    if begins(0x1F, 0x8B) { return "it is compressed by gzip; unpack it: gunzip FILE" }
    if begins(0x50, 0x4B, 3, 4) { return "it is a zip archive; unpack it and name the file inside" }
    if start.starts(with: "PAR1".utf8) {
      return "it is a Parquet file; write its rows as JSON Lines, in Python: dataset.to_json(\"FILE.jsonl\")"
    }
    return nil
  }

  /// Where the text begins: behind a byte-order mark of UTF-8.
  var start: Int { data.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  /// Reads the file with a reader of JSON.
  ///
  /// - Throws: `QAError.malformed` with line, column, record and key.
  func read<Result>(_ body: (inout JSONReader) throws -> Result) throws -> Result {
    try withReader { reader in
      do {
        return try body(&reader)
      } catch let fault as RecordFault {
        throw error(at: start + fault.byte, fault.field, "it must be \(fault.expected), but is \(fault.found)")
      } catch JSONFault.broken(let rule, _, let byte, let expected, let found) {
        throw error(at: byte, RecordField(), "\(rule.rawValue): expected \(expected), found \(found)")
      }
    }
  }

  /// A reader at the beginning of the text.
  func withReader<Result>(_ body: (inout JSONReader) throws -> Result) rethrows -> Result {
    try data.withUnsafeBytes { bytes in
      var reader = JSONReader(UnsafeRawBufferPointer(rebasing: bytes[start...]), file: path, origin: start)
      return try body(&reader)
    }
  }

  private func error(at byte: Int, _ field: RecordField, _ reason: String) -> QAError {
    let before = data.prefix(byte)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = byte - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
    return .malformed(path, line: line, column: column, record: field.record, key: field.name, reason: reason)
  }
}

/// Where in a record something stands: `record 3, context[1].title`.
struct RecordField: Sendable {
  /// Counted from 1; nil for the file as a whole.
  var record: Int?
  private(set) var name = ""

  /// The field of a key of this one.
  func at(_ key: String) -> RecordField {
    var field = self
    field.name += name.isEmpty ? key : ".\(key)"
    return field
  }

  /// The field of an element of this one, counted from 0.
  func at(_ index: Int) -> RecordField {
    var field = self
    field.name += "[\(index)]"
    return field
  }
}

/// That a value is JSON, but not what a record needs there.
struct RecordFault: Error {
  /// Counted from where the reader began.
  var byte: Int
  var field: RecordField
  var expected: String
  var found: String
}

extension JSONReader {
  /// That what comes next is not what the field needs.
  func unfit(_ field: RecordField, _ expected: String) -> RecordFault {
    let found =
      switch kind {
      case .null: "null"
      case .bool: "a truth value"
      case .number: "a number"
      case .string: "a string"
      case .list: "an array"
      case .table: "an object"
      case nil: "no value of JSON"
      }
    return RecordFault(byte: begin, field: field, expected: expected, found: found)
  }

  /// What breaks JSON itself is left to the strict reader, which says what it expected.
  func demand(_ wanted: Kind, _ field: RecordField, _ expected: String) throws {
    guard let kind, kind != wanted else { return }
    throw unfit(field, expected)
  }

  mutating func string(of field: RecordField) throws -> String {
    try demand(.string, field, "a string")
    return text(try string())
  }

  mutating func bool(of field: RecordField) throws -> Bool {
    try demand(.bool, field, "true or false")
    return try bool()
  }

  mutating func whole(of field: RecordField) throws -> Int {
    try demand(.number, field, "a whole number, 0 or more")
    let begin = begin
    guard let whole = count() else {
      throw RecordFault(byte: begin, field: field, expected: "a whole number, 0 or more", found: "another number")
    }
    return whole
  }

  /// Nil for null.
  mutating func optional<Value>(_ read: (inout JSONReader) throws -> Value) throws -> Value? {
    guard kind == .null else { return try read(&self) }
    try null()
    return nil
  }

  mutating func list<Element>(
    of field: RecordField, _ read: (inout JSONReader, RecordField) throws -> Element
  ) throws -> [Element] {
    try demand(.list, field, "an array")
    var elements: [Element] = []
    try self.elements { reader in elements.append(try read(&reader, field.at(elements.count))) }
    return elements
  }

  /// An object: each key is handed to `member`, which reads its value and says whether it knows the key; what it does
  /// not know is skipped.
  mutating func object(
    of field: RecordField, _ member: (inout JSONReader, String, RecordField) throws -> Bool
  ) throws {
    try demand(.table, field, "an object")
    try members { reader, key in
      let name = reader.text(key)
      if try !member(&reader, name, field.at(name)) { try reader.skip() }
    }
  }
}

/// What an object must have: `value` where it was there.
///
/// - Parameter byte: where the object begins.
func needed<Value>(_ value: Value?, _ field: RecordField, of byte: Int) throws -> Value {
  guard let value else { throw RecordFault(byte: byte, field: field, expected: "there", found: "missing") }
  return value
}
