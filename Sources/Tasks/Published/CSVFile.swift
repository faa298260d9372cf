import Basics
import Foundation

/// Reads comma-separated values strictly, record by record (RFC 4180): fields in quotes may hold commas, line breaks
/// and doubled quotes; every record has as many fields as the header.
struct CSVFile: Sendable {
  let path: String
  private let data: Data

  /// - Throws: `QAError.unreadable`.
  init(_ path: String) throws {
    self.path = path
    data = try DataFile(path).data
  }

  /// A record by the names of its columns.
  struct Record {
    fileprivate let columns: [String: Int]
    fileprivate let fields: [String]
    let line: Int

    /// The field of a column that `forEach` demanded.
    subscript(column: String) -> String { columns[column].map { fields[$0] } ?? "" }
  }

  /// - Parameter needed: columns that must be there; others are allowed.
  /// - Throws: `QAError.malformed` with the line, and the column where it is known; what `body` throws.
  func forEach(_ needed: [String], _ body: (Record) throws -> Void) throws {
    var columns: [String: Int]?
    var count = 0
    try eachRecord { fields, line in
      guard let known = columns else {
        for name in needed where !fields.contains(name) {
          throw fault(
            line, name, "the header must have this column, and has \(fields.prefix(12).joined(separator: ", "))")
        }
        guard Set(fields).count == fields.count else { throw fault(line, "", "a column stands twice in the header") }
        columns = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($1, $0) })
        count = fields.count
        return
      }
      guard fields.count == count else {
        throw fault(line, "", "the record must have \(count) fields, as the header has, but has \(fields.count)")
      }
      try body(Record(columns: known, fields: fields, line: line))
    }
    if columns == nil { throw fault(1, "", "the file is empty; its first line must name the columns") }
  }

  func fault(_ line: Int, _ key: String, _ reason: String) -> QAError {
    .malformed(path, line: line, column: 1, record: nil, key: key, reason: reason)
  }

  private func eachRecord(_ body: ([String], Int) throws -> Void) throws {
    let quote = UInt8(ascii: "\""), comma = UInt8(ascii: ","), feed = UInt8(ascii: "\n"), back = UInt8(ascii: "\r")
    try data.withUnsafeBytes { bytes in
      var place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      var line = 1
      var start = 1
      var fields: [String] = []
      func text(_ field: some Sequence<UInt8>) throws -> String {
        guard let text = String(validating: Array(field), as: UTF8.self) else {
          throw fault(line, "", "field \(fields.count + 1) is not UTF-8; convert the file with iconv")
        }
        return text
      }
      while place < bytes.count {
        if bytes[place] == quote {
          var field: [UInt8] = []
          let opened = line
          place += 1
          while true {
            guard place < bytes.count else {
              throw fault(opened, "", "field \(fields.count + 1) begins with a quote that is never closed")
            }
            if bytes[place] == quote {
              place += 1
              guard place < bytes.count, bytes[place] == quote else { break }
            }
            if bytes[place] == feed { line += 1 }
            field.append(bytes[place])
            place += 1
          }
          fields.append(try text(field))
          if place < bytes.count, ![comma, feed, back].contains(bytes[place]) {
            throw fault(line, "", "behind the quotes of field \(fields.count) must be a comma or the end of the line")
          }
        } else {
          let end = bytes[place...].firstIndex { $0 == comma || $0 == feed || $0 == back } ?? bytes.count
          guard !bytes[place..<end].contains(quote) else {
            throw fault(
              line, "", "field \(fields.count + 1) holds a quote and is not in quotes; double it and quote the field")
          }
          fields.append(try text(bytes[place..<end]))
          place = end
        }
        if place < bytes.count, bytes[place] == comma {
          place += 1
          // A comma at the end of the file is followed by an empty field.
          guard place == bytes.count else { continue }
          fields.append("")
        }
        if place < bytes.count, bytes[place] == back {
          place += 1
          guard place < bytes.count, bytes[place] == feed else {
            throw fault(line, "", "a carriage return stands without a line feed; write lines with \\n or \\r\\n")
          }
        }
        try body(fields, start)
        fields = []
        place += 1
        line += 1
        start = line
      }
    }
  }
}
