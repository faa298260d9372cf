import Analyzers
import Notebooks
import Palimpsest
import Tables
import Terminal

extension Bench {
  /// Draws the arms of an experiment side by side, and prints a row per arm with these values of
  /// their findings.
  ///
  ///     try await bench.show(gates, "openOnEvidence", "openOnRest", "exact")
  ///
  /// - Parameter columns: dotted paths into the finding.
  public func show<Part>(_ arms: Arms<Part>, _ columns: String..., line: Int = #line) async throws {
    // An arm that was never seen has no figure.
    guard !arms.names.isEmpty else { return }
    if !columns.isEmpty {
      var table = Table(["arm"] + columns)
      for arm in arms.names {
        let finding = try arms[arm].map { try Setting(describing: $0.finding) } ?? .null
        table.add([.text(arm)] + columns.map { Table.Cell(finding[$0] ?? .null) })
      }
      try await show(table, named: "\(Part.self)".lowercased(), line: line)
    }
    for figure in arms.figures() { try await show(figure, line: line) }
  }

  /// Prints a table about all runs, and keeps it beside them in every format. What is too long or too wide for
  /// a screen is cut where it is printed, never in the files.
  public func show(_ table: Table, named name: String, line: Int = #line) async throws {
    try table.write(to: display, named: name)
    if options.isJSON {
      options.console.result(table.settings.line)
    } else {
      let (text, isWhole) = table.fitted(width: options.console.width ?? 120, rows: 24)
      options.console.result(text)
      if !isWhole { options.console.note("  cut to fit; whole in \(display.relativePath)/\(name).md") }
    }
    try await showings.add(Showing(line: line, .table(table.markdown)))
  }
}
