import Palimpsest
import Plots

/// An analyzer whose finding can be drawn beside that of another arm: a frame, and a series in it.
public protocol Charted: Analyzer {
  /// The charts without any series, by file name.
  static var frames: [String: Chart] { get }
  /// The caption of each chart, in a sentence.
  static var captions: [String: String] { get }
  /// This analyzer's series in each frame, drawn under the name of its arm.
  func series(named arm: String) -> [String: [Chart.Series]]
  /// Horizontal lines that every arm shares, such as the budget.
  var levels: [String: [Chart.Level]] { get }
}

extension Charted {
  /// No horizontal lines, unless an analyzer has some.
  public var levels: [String: [Chart.Level]] { [:] }

  /// The charts of this analyzer alone, as one arm without a name.
  public func figures() -> [Figure] { Arms([("", self)]).figures() }
}

/// The same analyzer over the arms of an experiment, drawn side by side.
///
///     var sizes = Arms<PageSize>()
///     sizes.observe(trace, verdict, arm: "gated")
///     sizes["gated"]?.finding
public struct Arms<Part: Charted>: Sendable {
  /// In the order in which they were first seen.
  public private(set) var names: [String] = []
  private var parts: [Part] = []
  private let make: @Sendable () -> Part

  /// The expression is evaluated once for each arm, so every arm gets an accumulator of its own.
  public init(_ make: @autoclosure @escaping @Sendable () -> Part) { self.make = make }

  init(_ arms: [(String, Part)]) {
    names = arms.map(\.0)
    parts = arms.map(\.1)
    let first = arms[0].1
    make = { first }
  }

  /// The analyzer of an arm; nil before its first trace.
  public subscript(arm: String) -> Part? { names.firstIndex(of: arm).map { parts[$0] } }

  /// Adds a trace to an arm. A new name begins a new arm; arms keep the order of their first traces.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict, arm: String) {
    if let index = names.firstIndex(of: arm) {
      parts[index].observe(trace, verdict)
    } else {
      var part = make()
      part.observe(trace, verdict)
      names.append(arm)
      parts.append(part)
    }
  }

  /// The findings of all arms by name.
  public var findings: [String: Part.Finding] {
    Dictionary(uniqueKeysWithValues: zip(names, parts.map(\.finding)))
  }

  /// The charts of the analyzer with the series of all arms in each, by name of the chart.
  public func figures() -> [Figure] {
    Part.frames.keys.sorted().compactMap { name in
      guard var chart = Part.frames[name] else { return nil }
      for (arm, part) in zip(names, parts) {
        chart.series += part.series(named: arm)[name] ?? []
        // Levels that arms share are drawn once, with the value of the first arm.
        for level in part.levels[name] ?? [] where !chart.levels.contains(where: { $0.name == level.name }) {
          chart.levels.append(level)
        }
      }
      chart.fitTicks()
      chart.fitFloor()
      return chart.figure(named: name, Part.captions[name] ?? "")
    }
  }
}

extension Chart {
  /// Begins a linear axis at 0, so that small differences look small.
  mutating func fitFloor() {
    let values = series.flatMap { $0.points.map(\.high) } + levels.map(\.value)
    guard y.scale == .linear, y.range == nil, let top = values.max(), top > 0 else { return }
    y.range = 0...(1.06 * top)
  }

  /// Labels a logarithmic axis at the places where there are points, as long as they are few.
  mutating func fitTicks() {
    let places = Set(series.flatMap { $0.points.map(\.x) }).sorted()
    guard case .log = x.scale, x.ticks.isEmpty, places.count <= 12 else { return }
    x.ticks = places.map { Tick($0, Chart.short(Int($0))) }
  }
}
