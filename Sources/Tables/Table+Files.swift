import Basics
import Foundation
import Palimpsest
import Terminal

extension Table {
  /// Writes the table into a folder, once in each format: Markdown, CSV, LaTeX and JSON.
  package func write(to folder: URL, named name: String = "table") throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try WholeFile.write(markdown + "\n", to: folder.appending(path: "\(name).md"))
    try WholeFile.write(csv, to: folder.appending(path: "\(name).csv"))
    try WholeFile.write(latex, to: folder.appending(path: "\(name).tex"))
    try WholeFile.write(settings, asJSONTo: folder.appending(path: "\(name).json"))
  }
}

extension Table.Cell {
  /// A setting as a cell; a table of value, low and high as an interval, its bounds null or left out where there is
  /// none. An interval over no items says nothing.
  package init(_ setting: Setting) {
    switch setting {
    case .null: self = .missing
    case .bool(let bool): self = .text("\(bool)")
    case .int(let int): self = .number(Double(int))
    case .number(let number): self = .number(number)
    case .string(let text): self = .text(text)
    case .list: self = .text(setting.line)
    case .table(let table):
      if table["n"] == .int(0), table["value"] != nil {
        self = .missing
      } else if let value = table["value"]?.double, Set(table.keys).isSubset(of: Self.intervalKeys) {
        self = .interval(value, low: table["low"]?.double, high: table["high"]?.double)
      } else {
        self = .text(setting.line)
      }
    }
  }
}

extension Table.Cell {
  private static var intervalKeys: Set<String> { ["value", "low", "high", "n", "clusters"] }
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
