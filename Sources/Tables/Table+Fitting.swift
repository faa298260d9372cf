extension Table {
  /// The Markdown of the first rows, with the words of the widest columns cut, so that a screen can hold it.
  /// Numbers are never cut; a table of many of them stays wider than asked for.
  ///
  /// - Returns: the text, and whether nothing was left out.
  package func fitted(width: Int, rows most: Int) -> (text: String, isWhole: Bool) {
    var shown = Table(columns, rows: Array(rows.prefix(most)))
    var widths = columns.indices.map { shown.width(of: $0) }
    let least = columns.indices.map { shown.leastWidth(of: $0) }
    var isWhole = shown.rows.count == rows.count
    // The line has a bar and a blank on both sides of each cell.
    while widths.reduce(1, { $0 + $1 + 3 }) > width,
      let widest = columns.indices.filter({ widths[$0] > least[$0] }).max(by: { widths[$0] < widths[$1] })
    { widths[widest] -= 1 }
    for row in shown.rows.indices {
      for column in columns.indices {
        guard case .text(let text) = shown.rows[row][column], text.count > widths[column] else { continue }
        shown.rows[row][column] = .text(text.prefix(widths[column] - 1) + "…")
        isWhole = false
      }
    }
    return (shown.markdown, isWhole)
  }

  private func width(of column: Int) -> Int {
    rows.map { $0[column].words.count }.reduce(columns[column].count, max)
  }

  /// What the numbers and the name of a column take; words are left at least twelve characters.
  private func leastWidth(of column: Int) -> Int {
    rows.map { row in
      if case .text(let text) = row[column] { min(12, text.count) } else { row[column].words.count }
    }.reduce(columns[column].count, max)
  }
}
