/// A chart as a value: series of points over two axes. It gives a gnuplot script and the table that
/// the script draws; it does not depend on gnuplot itself.
///
///     Chart("Accuracy by length", x: .init("tokens", scale: .log(2)), y: .init("accuracy", range: 0...1))
///       .adding(.init("gated", [.init(8192, 0.9, 0.8...0.95)], as: .lineWithBand))
///       .figure(named: "accuracy", "How accuracy falls with length.")
///
/// Colours are those of Okabe and Ito (2008), which readers with any colour vision can distinguish.
/// Each series has its own point type and dash too, so that the chart is readable in grey.
public struct Chart: Sendable, Hashable {
  /// Above the chart; empty leaves it out.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// Drawn in this order; names stand in the legend.
  public var series: [Series]
  /// Horizontal lines, such as a budget.
  public var levels: [Level]

  /// Without series it is an empty frame.
  public init(_ title: String = "", x: Axis, y: Axis, series: [Series] = [], levels: [Level] = []) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.levels = levels
  }

  /// Title, scale and range of one axis.
  public struct Axis: Sendable, Hashable {
    /// Linear, or logarithmic to a base.
    public enum Scale: Sendable, Hashable { case linear, log(Double) }

    /// With the unit.
    public var title: String
    /// Linear unless given.
    public var scale: Scale
    /// What is shown; nil lets gnuplot choose.
    public var range: ClosedRange<Double>?
    /// Labelled places; empty lets gnuplot choose.
    public var ticks: [Tick]

    /// Ticks and range are gnuplot's choice unless given.
    public init(
      _ title: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil, ticks: [Tick] = []
    ) {
      self.title = title
      self.scale = scale
      self.range = range
      self.ticks = ticks
    }

    /// An axis of names, at 0, 1, 2…
    public static func names(_ names: [String], _ title: String = "") -> Axis {
      Axis(
        title, range: -0.6...(Double(max(1, names.count)) - 0.4),
        ticks: names.enumerated().map { Tick(Double($0), $1) })
    }

    /// An axis of lengths or sizes: logarithmic to base 2, labelled at the values themselves.
    public static func sizes(_ values: [Int], _ title: String) -> Axis {
      let sorted = Set(values).sorted()
      // A little room at both ends: gnuplot leaves out the label of a tick that lies on the very end.
      let range = sorted.first.flatMap { first in sorted.last.map { Double(first) / 1.1...Double($0) * 1.1 } }
      return Axis(title, scale: .log(2), range: range, ticks: sorted.map { Tick(Double($0), short($0)) })
    }
  }

  /// A labelled place on an axis.
  public struct Tick: Sendable, Hashable {
    /// In the axis's unit.
    public var value: Double
    /// Shown as it is; markup in it has no effect.
    public var label: String

    /// - Parameter value: in the axis's unit.
    public init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  /// A horizontal line with a name.
  public struct Level: Sendable, Hashable {
    /// In the unit of the vertical axis.
    public var value: Double
    /// Stands in the legend.
    public var name: String

    /// - Parameter value: in the unit of the vertical axis.
    public init(_ value: Double, _ name: String) {
      self.value = value
      self.name = name
    }
  }

  /// Points of one name, drawn with one kind of mark.
  public struct Series: Sendable, Hashable {
    /// How the points are drawn.
    public enum Mark: Sendable, Hashable {
      case line, lineWithBand, points, pointsWithBars, steps, bars
      /// Marks on the lower edge, where only x counts.
      case rug
    }

    /// Stands in the legend; empty leaves it out.
    public var name: String
    /// Lines connect them in this order.
    public var points: [Point]
    /// How the points are drawn.
    public var mark: Mark

    /// A line unless another mark is given.
    public init(_ name: String, _ points: [Point], as mark: Mark = .line) {
      self.name = name
      self.points = points
      self.mark = mark
    }
  }

  /// A place, with an interval of y where there is one.
  public struct Point: Sendable, Hashable {
    /// In the unit of the horizontal axis.
    public var x: Double
    /// In the unit of the vertical axis.
    public var y: Double
    /// Lower end of the interval; y itself without one.
    public var low: Double
    /// Upper end of the interval; y itself without one.
    public var high: Double

    /// - Parameter interval: the uncertainty of the value; nil draws none.
    public init(_ x: Double, _ y: Double, _ interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      low = interval?.lowerBound ?? y
      high = interval?.upperBound ?? y
    }
  }

  /// The same chart with one series more.
  public func adding(_ series: Series) -> Chart {
    var chart = self
    chart.series.append(series)
    return chart
  }

  /// - Parameter name: the file name without its ending.
  public func figure(named name: String, _ caption: String) -> Figure {
    Figure(name: name, caption: caption, source: .chart(script: script, table: table))
  }

  /// 8192 is 8K, 1000000 is 1M, 3584000 is 3.5M: binary units where they fit, decimal ones otherwise.
  public static func short(_ size: Int) -> String {
    for (unit, letter) in [(1_073_741_824, "G"), (1_000_000_000, "G"), (1_048_576, "M"), (1_024_000, "M")]
    where size >= unit && size % (unit / 2) == 0 { return tidy(Double(size) / Double(unit)) + letter }
    if size >= 1_000_000, size % 100_000 == 0 { return tidy(Double(size) / 1_000_000) + "M" }
    if size >= 1024, size % 512 == 0 { return tidy(Double(size) / 1024) + "K" }
    if size >= 1000, size % 100 == 0 { return tidy(Double(size) / 1000) + "K" }
    return "\(size)"
  }

  private static func tidy(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\((number * 100).rounded() / 100)"
  }
}
