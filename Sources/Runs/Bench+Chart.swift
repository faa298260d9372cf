import Palimpsest
import Plots
import Settings
import Tables

extension Bench {
  /// Draws what the runs scored, over one of their settings: bars side by side, with 95 % intervals where the
  /// score has one.
  ///
  ///     try await bench.chart("How often the needle is found.", of: "accuracy", over: "memory.tokens", by: "memory.kind")
  ///
  /// - Parameters:
  ///   - caption: what is to be seen, in a sentence.
  ///   - metric: a column of `table` that has numbers.
  ///   - key: the setting on the horizontal axis; numbers are sorted.
  ///   - arms: the settings by which bars at one place differ.
  public func chart(
    _ caption: String, of metric: String, over key: String, by arms: String..., line: Int = #line
  ) async throws {
    var places: [Setting] = []
    var values: [(arm: String, place: Setting, cell: Table.Cell)] = []
    var names: [String] = []
    for run in try runs() {
      let place = run.point.full[key] ?? .null
      let arm = arms.map { Self.words(run.point.full[$0] ?? .null) }.joined(separator: ", ")
      if !places.contains(place) { places.append(place) }
      if !names.contains(arm) { names.append(arm) }
      values.append((arm, place, await cell(metric, of: run)))
    }
    places = Self.sorted(places)
    let series = names.map { name in
      Chart.Series(
        name,
        values.filter { $0.arm == name }.compactMap { value in
          places.firstIndex(of: value.place).flatMap { Self.point(Double($0), value.cell) }
        }, as: .bars)
    }
    let top = series.flatMap { $0.points.map(\.high) }.max() ?? 1
    let chart = Chart(
      x: .names(places.map(Self.words), key), y: .init(metric, range: 0...max(1.06 * top, 1e-9)), series: series)
    try await show(chart.figure(named: "\(metric)-by-\(key)", caption), line: line)
  }

  private static func point(_ x: Double, _ cell: Table.Cell) -> Chart.Point? {
    switch cell {
    case .interval(let value, let low?, let high?): .init(x, value, min(low, high)...max(low, high))
    case .interval(let value, _, _), .number(let value): .init(x, value)
    case .text, .missing: nil
    }
  }

  /// Numbers by size; names stay in the order of the runs.
  private static func sorted(_ places: [Setting]) -> [Setting] {
    let numbers = places.compactMap { place in place.number.map { (place, $0) } }
    return numbers.count == places.count ? numbers.sorted { $0.1 < $1.1 }.map(\.0) : places
  }

  private static func words(_ setting: Setting) -> String {
    switch setting {
    case .string(let text): text
    case .int(let number): Chart.short(number)
    default: setting.line
    }
  }
}

extension Setting {
  fileprivate var number: Double? {
    switch self {
    case .int(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}
