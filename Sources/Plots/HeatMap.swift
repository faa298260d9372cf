/// A table of shares as coloured cells, such as accuracy by depth and length: pale is 0, dark is 1, and
/// each cell shows its value and its number of items.
///
/// The colours vary within one hue, so that the map reads the same in grey and with any colour vision.
public struct HeatMap: Sendable, Hashable {
  /// One coloured field.
  public struct Cell: Sendable, Hashable {
    /// Indices of `rows` and `columns`.
    public var row, column: Int
    /// 0...1.
    public var value: Double
    /// What the value was computed from, such as a number of questions.
    public var n: Int

    /// - Parameter value: a share, 0...1; 0 is pale, 1 is dark.
    public init(row: Int, column: Int, value: Double, n: Int) {
      self.row = row
      self.column = column
      self.value = value
      self.n = n
    }
  }

  /// Above the map; empty leaves it out.
  public var title: String
  /// Titles of the axes.
  public var x, y: String
  /// Labels, from left to right and from below.
  public var columns, rows: [String]
  /// In any order; places without a cell stay blank.
  public var cells: [Cell]

  /// - Parameter cells: in any order, at most one for each place.
  public init(_ title: String = "", x: String, y: String, columns: [String], rows: [String], cells: [Cell]) {
    self.title = title
    self.x = x
    self.y = y
    self.columns = columns
    self.rows = rows
    self.cells = cells
  }

  /// - Parameter name: the file name without its ending.
  public func figure(named name: String, _ caption: String) -> Figure {
    Figure(name: name, caption: caption, source: .chart(script: script, table: table))
  }

  /// One row per cell: `column,row,value,n`.
  public var table: String {
    (["column,row,value,n"] + cells.map { "\($0.column),\($0.row),\($0.value),\($0.n)" }).joined(separator: "\n") + "\n"
  }

  /// gnuplot's script, which reads the table from the file that `$table` is replaced by.
  public var script: String {
    func ticks(_ names: [String]) -> String {
      names.enumerated().map { "\(GnuplotText.label($0.element)) \($0.offset)" }.joined(separator: ", ")
    }
    var lines = [
      "set datafile separator comma",
      "set datafile columnheaders",
      "set border 0",
      "set key off",
      "set tics scale 0 tc rgb '#222222'",
      "set palette defined (0 '#f7fbff', 0.5 '#6baed6', 1 '#08306b')",
      "set cbrange [0:1]",
      "set xrange [-0.5:\(Double(max(1, columns.count)) - 0.5)]",
      "set yrange [-0.5:\(Double(max(1, rows.count)) - 0.5)]",
      "set xlabel \(GnuplotText.quoted(x)) noenhanced",
      "set ylabel \(GnuplotText.quoted(y)) noenhanced",
      "set xtics (\(ticks(columns))) noenhanced",
      "set ytics (\(ticks(rows))) noenhanced",
    ]
    if !title.isEmpty { lines.append("set title \(GnuplotText.quoted(title)) noenhanced") }
    // Two lines need a cell of some height.
    let gap = rows.count > 6 ? "  " : "\\n"
    // Dark cells are written on in white. Boxes, not an image: there may be cells that nothing fell into.
    lines.append(
      "plot '$table' using 1:2:($1-0.49):($1+0.49):($2-0.49):($2+0.49):3 with boxxyerror fs solid noborder fc palette, \\\n"
        + "  '' using 1:2:(sprintf(\"%.2f\(gap)n=%d\", $3, $4)):($3 > 0.55 ? 0xffffff : 0x222222) with labels tc rgb variable"
    )
    return lines.joined(separator: "\n") + "\n"
  }
}
