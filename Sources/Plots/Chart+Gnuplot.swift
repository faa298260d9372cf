extension Chart {
  /// One row per point: `series,name,x,y,low,high`.
  public var table: String {
    var lines = ["series,name,x,y,low,high"]
    for (index, series) in series.enumerated() {
      let name = GnuplotText.field(series.name)
      for point in series.points {
        lines.append("\(index),\(name),\(point.x),\(point.y),\(point.low),\(point.high)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The gnuplot script; the renderer sets terminal and output.
  public var script: String {
    var lines = [
      "set datafile separator comma",
      "set datafile columnheaders",
      "set border 3 lc rgb '#555555'",
      "set grid xtics ytics back lc rgb '#dddddd' lw 0.5",
      "set tics nomirror out tc rgb '#222222'",
      // Outside the data, below it: names may be long.
      series.count + levels.count > 1 || !levels.isEmpty
        ? "set key outside below center horizontal maxcols \(legendColumns) noenhanced samplen 3 height 1 width 2"
        : "set key off",
      "set autoscale xfix",
      "set offsets graph 0, graph 0.02, 0, 0",
      "set boxwidth \(0.92 * barWidth)",
    ]
    if !title.isEmpty { lines.append("set title \(GnuplotText.quoted(title)) noenhanced") }
    lines += axis("x", x) + axis("y", y)
    lines.append("plot \\\n  " + plots.joined(separator: ", \\\n  "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// gnuplot makes every column of a legend as wide as its longest name needs, and lets the columns run over the
  /// border of the picture: as many as fit below the plot, of about 620 points, at 8.4 for a letter and 51 for a
  /// sample of the line.
  private var legendColumns: Int {
    let names = series.map(\.name) + levels.map(\.name)
    let widest = 8.4 * Double((names.map(\.count).max() ?? 0) + 2) + 51
    return max(1, min(names.count, Int(620 / widest)))
  }

  private func axis(_ letter: String, _ axis: Axis) -> [String] {
    var lines = ["set \(letter)label \(GnuplotText.quoted(axis.title)) noenhanced"]
    if case .log(let base) = axis.scale { lines.append("set logscale \(letter) \(base)") }
    if let range = axis.range {
      lines.append("set \(letter)range [\(range.lowerBound):\(range.upperBound)]")
    }
    if !axis.ticks.isEmpty {
      let ticks = axis.ticks.map { "\(GnuplotText.label($0.label)) \($0.value)" }.joined(separator: ", ")
      lines.append("set \(letter)tics (\(ticks)) noenhanced")
    }
    return lines
  }

  /// Bars of the series stand side by side in the space of one name.
  private var barWidth: Double { 0.8 / Double(max(1, series.filter { $0.mark == .bars }.count)) }

  private var plots: [String] {
    let bars = series.indices.filter { series[$0].mark == .bars }
    var plots: [String] = []
    // Bands first, so that no band hides a line.
    for index in series.indices where series[index].mark == .lineWithBand {
      plots.append(
        "'$table' using \(column(3, of: index)):5:6 with filledcurves fs transparent solid 0.18 noborder "
          + "lc rgb '\(Self.colour(index))' notitle")
    }
    for (index, series) in series.enumerated() {
      let colour = "lc rgb '\(Self.colour(index))'"
      let pointType = Self.pointTypes[index % Self.pointTypes.count]
      let x = column(3, of: index)
      let source = "'$table' using"
      let title = "title \(GnuplotText.quoted(series.name))"
      let line = "lw 1.8 dt \(1 + index % 5)"
      switch series.mark {
      case .line:
        plots.append("\(source) \(x):4 with lines \(colour) \(line) \(title)")
      case .lineWithBand:
        plots.append("\(source) \(x):4 with linespoints \(colour) \(line) pt \(pointType) ps 0.7 \(title)")
      case .points:
        plots.append("\(source) \(x):4 with points \(colour) pt \(pointType) ps 0.7 \(title)")
      case .pointsWithBars:
        plots.append("\(source) \(x):4:5:6 with yerrorlines \(colour) \(line) pt \(pointType) ps 0.8 \(title)")
      case .steps:
        plots.append("\(source) \(x):4 with steps \(colour) \(line) \(title)")
      case .bars:
        let place = Double(bars.firstIndex(of: index) ?? 0) - Double(bars.count - 1) / 2
        let shifted = "($1 == \(index) ? $3 + \(place * barWidth) : NaN)"
        // Lighter from bar to bar, with a border: told apart in grey too.
        let density = [0.9, 0.5, 0.2][(bars.firstIndex(of: index) ?? 0) % 3]
        plots.append("\(source) \(shifted):4 with boxes \(colour) fs solid \(density) border \(title)")
        // Arrows with flat heads: error bars would come with a point.
        plots.append(
          "\(source) \(shifted):5:(0):($6 - $5) with vectors heads size screen 0.005,90 lc rgb '#222222' lw 1.2 notitle"
        )
      case .rug:
        let bottom = "(\(y.range?.lowerBound ?? 0))"
        plots.append("\(source) \(x):\(bottom) with points \(colour) pt 9 ps 1.1 \(title)")
      }
    }
    for (index, level) in levels.enumerated() {
      let (grey, dash) = [("#444444", 2), ("#999999", 4), ("#777777", 3)][index % 3]
      plots.append(
        "\(level.value) with lines lc rgb '\(grey)' lw 1.4 dt \(dash) title \(GnuplotText.quoted(level.name))")
    }
    return plots.isEmpty ? ["NaN notitle"] : plots
  }

  /// A column of the rows of one series only.
  private func column(_ number: Int, of index: Int) -> String { "($1 == \(index) ? $\(number) : NaN)" }

  private static let palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
  private static let pointTypes = [7, 5, 9, 13, 11, 6, 4]
  private static func colour(_ index: Int) -> String { palette[index % palette.count] }
}
