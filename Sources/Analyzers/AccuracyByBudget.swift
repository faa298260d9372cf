import Palimpsest
import Plots

/// How often the answer is right, by the budget of the memory in tokens.
///
/// The budget is that of the memory state, so one analyzer takes the readings of all points of a sweep. Readings without a
/// memory, or with one that has no bound, have no place on the axis and are counted.
public struct AccuracyByBudget: Charted {
  /// Accuracy at each budget that was seen.
  public struct Finding: Codable, Sendable {
    /// The questions of one budget.
    public struct Point: Codable, Sendable {
      /// Tokens that the memory may hold.
      public var budget: Int
      /// Mean score with a 95 % interval over clusters; failed questions are in it.
      public var accuracy: Interval
      /// Mean tokens that the memory held at the end.
      public var held: Double
      /// Questions that ended `failed`.
      public var failed: Int
    }
    /// By ascending budget.
    public var points: [Point]
    /// The smallest budget whose accuracy is within 95 % of the best one's; nil without points.
    public var sufficient: Int?
    /// Readings without a memory or a bound.
    public var skipped: Int
  }

  private struct Sums {
    var accuracy = StreamingMean()
    var held = StreamingMean()
    var failed = 0
  }

  /// Budgets above this one bound nothing.
  private static let most = 1 << 32

  private var sums: [Int: Sums] = [:]
  private var skipped = 0

  public init() {}

  /// Adds a trace at the budget of its memory.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    guard let state = trace.state, state.budget.tokens < Self.most else {
      skipped += 1
      return
    }
    let cluster = trace.question.cluster
    sums[state.budget.tokens, default: Sums()].accuracy.add(verdict.score, cluster: cluster)
    sums[state.budget.tokens, default: Sums()].held.add(Double(state.tokens), cluster: cluster)
    if case .failed = trace.end { sums[state.budget.tokens, default: Sums()].failed += 1 }
  }

  /// What was seen so far.
  public var finding: Finding {
    let points = sums.sorted { $0.key < $1.key }.map { budget, sum in
      Finding.Point(
        budget: budget, accuracy: sum.accuracy.interval, held: sum.held.interval.value, failed: sum.failed)
    }
    let best = points.map(\.accuracy.value).max() ?? 0
    return Finding(
      points: points, sufficient: points.first { $0.accuracy.value >= 0.95 * best }?.budget, skipped: skipped)
  }

  /// One chart, `accuracy-by-budget`: a logarithmic axis of budgets.
  public static var frames: [String: Chart] {
    [
      "accuracy-by-budget": Chart(
        x: .init("budget of the memory, in tokens", scale: .log(2)), y: .init("accuracy", range: 0...1))
    ]
  }
  /// The caption of `accuracy-by-budget`.
  public static var captions: [String: String] {
    ["accuracy-by-budget": "Share of right answers by the budget of the memory, with 95 % intervals."]
  }
  /// A line through the budgets, with its interval as a band.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let points = finding.points.map { Chart.Point(Double($0.budget), $0.accuracy.value, $0.accuracy.range) }
    return ["accuracy-by-budget": [Chart.Series(arm, points, as: .lineWithBand)]]
  }
}
