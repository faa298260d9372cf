import Foundation
import Palimpsest

/// A table of results: the same rows as Markdown, LaTeX, CSV and JSON.
public struct Table: Sendable {
  /// What one field holds.
  public enum Cell: Sendable, Hashable {
    case text(String)
    case number(Double)
    /// Bounds are nil where there is no interval.
    case interval(Double, low: Double?, high: Double?)
    case missing
  }

  /// Names, from left to right.
  public var columns: [String]
  /// Each with as many cells as columns.
  public var rows: [[Cell]]

  /// - Precondition: as many cells in each row as columns, and no column twice: readers know a value by its column.
  public init(_ columns: [String], rows: [[Cell]] = []) {
    precondition(Set(columns).count == columns.count, "a column stands twice in \(columns)")
    self.columns = columns
    self.rows = rows
  }

  /// - Precondition: as many cells as columns.
  public mutating func add(_ row: [Cell]) {
    precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }
}

extension Table.Cell {
  /// A cell with value and bounds; `n` is left out.
  public static func interval(_ interval: Interval) -> Self {
    .interval(interval.value, low: interval.low, high: interval.high)
  }

  package static func int(_ number: Int) -> Self { .number(Double(number)) }

  /// For eyes: two digits behind the point, whole numbers without one.
  public var words: String {
    switch self {
    case .text(let text): text
    case .number(let number): Self.short(number)
    case .interval(let value, let low?, let high?): String(format: "%.3f [%.3f, %.3f]", value, low, high)
    case .interval(let value, _, _): String(format: "%.3f [no interval]", value)
    case .missing: "–"
    }
  }

  private static func short(_ number: Double) -> String {
    if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
    return String(format: abs(number) < 1 ? "%.4f" : "%.2f", number)
  }
}
