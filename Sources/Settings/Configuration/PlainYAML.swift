import Basics
import Palimpsest

extension YAML {
  /// The settings of a run: the same as `read(file:)`, faster where a run wrote them.
  ///
  /// - Throws: as `read(file:)`.
  package static func read(settingsOfRun path: String) throws -> Setting {
    let text = try TextFile.read(path, atMost: mostBytes)
    return try PlainYAML.settings(in: text) ?? settings(in: text, named: path)
  }

  /// What the fast reader makes of a document; nil where it leaves it to Yams.
  package static func plainSettings(in text: String) -> Setting? { PlainYAML.settings(in: text) }
}

/// Settings files as `YAML.text` writes them, read in one pass over their bytes: block tables and lists of plain or quoted
/// scalars. A document with anything else in it is none of this reader's, and Yams reads it.
///
struct PlainYAML {
  private let lines: [Line]
  private var next = 0
  private var values = 0

  private struct Line {
    var indent: Int
    var bytes: ArraySlice<UInt8>
  }

  /// - Returns: nil where the document is not of this form.
  static func settings(in text: String) -> Setting? {
    guard var document = PlainYAML(Array(text.utf8)), let table = document.table(indent: 0, level: 0),
      document.next == document.lines.count
    else { return nil }
    return table
  }

  private init?(_ bytes: [UInt8]) {
    var lines: [Line] = []
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      let content = line.drop { $0 == UInt8(ascii: " ") }
      guard let last = content.last, last != UInt8(ascii: " "), last != UInt8(ascii: "\r") else { return nil }
      lines.append(Line(indent: content.startIndex - line.startIndex, bytes: content))
    }
    guard !lines.isEmpty else { return nil }
    self.lines = lines
  }

  private mutating func table(indent: Int, level: Int) -> Setting? {
    guard level < 32 else { return nil }
    var table: [String: Setting] = [:]
    while next < lines.count, lines[next].indent == indent, lines[next].bytes.first != UInt8(ascii: "-") {
      let line = lines[next].bytes
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line[..<colon].allSatisfy(Self.isPlain)
      else { return nil }
      let key = String(decoding: line[..<colon], as: UTF8.self)
      next += 1
      let rest = line[(colon + 1)...]
      let value: Setting?
      if rest.isEmpty {
        value = block(under: indent, level: level + 1)
      } else if rest.first == UInt8(ascii: " ") {
        value = scalar(rest.dropFirst())
      } else {
        value = nil
      }
      guard let value, table.updateValue(value, forKey: key) == nil else { return nil }
    }
    return table.isEmpty ? nil : .table(table)
  }

  /// A deeper table, or a list, whose dashes stand at the indentation of its key.
  private mutating func block(under indent: Int, level: Int) -> Setting? {
    guard next < lines.count else { return nil }
    if lines[next].indent == indent + 2, lines[next].bytes.first != UInt8(ascii: "-") {
      return table(indent: indent + 2, level: level)
    }
    var list: [Setting] = []
    while next < lines.count, lines[next].indent == indent, lines[next].bytes.first == UInt8(ascii: "-") {
      let line = lines[next].bytes
      guard line.count > 2, line[line.startIndex + 1] == UInt8(ascii: " "),
        // A table in a list.
        let value = scalar(line.dropFirst(2))
      else { return nil }
      next += 1
      list.append(value)
    }
    return list.isEmpty ? nil : .list(list)
  }

  private mutating func scalar(_ bytes: ArraySlice<UInt8>) -> Setting? {
    values += 1
    guard let first = bytes.first, values < 4096 else { return nil }
    if first == UInt8(ascii: "\"") {
      let inner = bytes.dropFirst().dropLast()
      // An escape, or a quote that ends before the line does.
      guard bytes.count >= 2, bytes.last == first, !inner.contains(where: { $0 == first || $0 == UInt8(ascii: "\\") }),
        inner.allSatisfy({ $0 >= 32 && $0 != 127 })
      else { return nil }
      return .string(String(decoding: inner, as: UTF8.self))
    }
    if bytes.elementsEqual("[]".utf8) { return .list([]) }
    if bytes.elementsEqual("{}".utf8) { return .table([:]) }
    let isNumber = bytes.count > 1 && (first == UInt8(ascii: "-") || first == UInt8(ascii: "+"))
    let rest = bytes.dropFirst(isNumber ? 1 : 0)
    guard let second = rest.first, second != UInt8(ascii: "-"), rest.allSatisfy(Self.isPlain) else { return nil }
    return YAML.scalar(String(decoding: bytes, as: UTF8.self))
  }

  private static func isPlain(_ byte: UInt8) -> Bool { byte.isLetterOrDigit || "_./-".utf8.contains(byte) }
}
