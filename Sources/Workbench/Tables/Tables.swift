import Foundation
import Palimpsest

/// Puts a table beside the runs it is about, once in each format.
enum Tables {
  static func write(_ table: Table, to folder: URL, named name: String = "table") throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try WholeFile.write(table.markdown + "\n", to: folder.appending(path: "\(name).md"))
    try WholeFile.write(table.csv, to: folder.appending(path: "\(name).csv"))
    try WholeFile.write(table.latex, to: folder.appending(path: "\(name).tex"))
    try WholeFile.write(table.settings, asJSONTo: folder.appending(path: "\(name).json"))
  }
}

extension Table.Cell {
  /// A setting as a cell; a table of value, low and high as an interval.
  init(_ setting: Setting) {
    switch setting {
    case .null: self = .missing
    case .bool(let bool): self = .text("\(bool)")
    case .int(let int): self = .number(Double(int))
    case .number(let number): self = .number(number)
    case .string(let text): self = .text(text)
    case .list: self = .text(setting.line)
    case .table(let table):
      if let value = table["value"]?.double, let low = table["low"]?.double, let high = table["high"]?.double {
        self = .interval(value, low: low, high: high)
      } else {
        self = .text(setting.line)
      }
    }
  }
}

extension Setting {
  var double: Double? {
    switch self {
    case .int(let int): Double(int)
    case .number(let number): number
    default: nil
    }
  }
}
