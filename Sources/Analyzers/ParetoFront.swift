import Palimpsest
import Plots

/// Which arms no other arm beats: the Pareto front of accuracy and tokens.
///
/// Tokens are those of all prompts and replies of a reading, answer included. An arm is on the front where no other arm
/// has at least its accuracy for at most its tokens, one of the two strictly better. The front is of means; an arm beside it
/// may be within its interval.
public struct ParetoFront: Analyzer {
  /// The arms by ascending tokens.
  public struct Finding: Codable, Sendable {
    /// One arm.
    public struct Point: Codable, Sendable {
      /// Its name.
      public var arm: String
      /// What it is drawn with.
      public var group: String
      /// Mean tokens of a reading, read and generated, with a 95 % interval over clusters.
      public var tokens: Interval
      /// Mean score with a 95 % interval over clusters; failed questions are in it.
      public var accuracy: Interval
      /// Questions that ended `failed`.
      public var failed: Int
      /// Whether no other arm beats it.
      public var isOnFront: Bool
    }
    /// By ascending tokens; of equal tokens the more accurate one first.
    public var points: [Point]
  }

  private struct Sums {
    var arm: String
    var group: String
    var tokens = StreamingMean()
    var accuracy = StreamingMean()
    var failed = 0
  }

  private var sums: [Sums] = []
  private var indices: [String: Int] = [:]

  public init() {}

  /// Adds a trace to the arm without a name.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) { observe(trace, verdict, arm: "") }

  /// Adds a trace to an arm.
  ///
  /// - Parameter group: arms of one group are drawn with one mark.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict, arm: String, group: String = "") {
    let index = indices[arm] ?? sums.count
    if index == sums.count {
      indices[arm] = index
      sums.append(Sums(arm: arm, group: group))
    }
    let cluster = trace.question.cluster
    sums[index].tokens.add(Double(trace.tally.usage.read + trace.tally.usage.generated), cluster: cluster)
    sums[index].accuracy.add(verdict.score, cluster: cluster)
    if case .failed = trace.end { sums[index].failed += 1 }
  }

  /// What was seen so far.
  public var finding: Finding {
    let measured = sums.map { (sum: $0, tokens: $0.tokens.interval, accuracy: $0.accuracy.interval) }
    let points = measured.map { own in
      let isBeaten = measured.contains { other in
        other.tokens.value <= own.tokens.value && other.accuracy.value >= own.accuracy.value
          && (other.tokens.value < own.tokens.value || other.accuracy.value > own.accuracy.value)
      }
      return Finding.Point(
        arm: own.sum.arm, group: own.sum.group, tokens: own.tokens, accuracy: own.accuracy, failed: own.sum.failed,
        isOnFront: !isBeaten)
    }
    return Finding(
      points: points.sorted { ($0.tokens.value, -$0.accuracy.value) < ($1.tokens.value, -$1.accuracy.value) })
  }

  /// One chart, `pareto`: a mark per arm, and the front as steps.
  public func figures() -> [Figure] { figures(named: "") }

  /// The chart of one set of arms among several.
  public func figures(named set: String) -> [Figure] {
    let points = finding.points
    guard !points.isEmpty else { return [] }
    func charted(_ point: Finding.Point) -> Chart.Point {
      Chart.Point(point.tokens.value, point.accuracy.value, point.accuracy.range)
    }
    let groups = points.map(\.group).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.sorted()
    let front = points.filter(\.isOnFront)
    let chart = Chart(
      x: .init(
        "tokens of a reading, read and generated", scale: .log(2),
        ticks: front.map { Chart.Tick($0.tokens.value, Chart.short(Int($0.tokens.value))) }),
      y: .init("accuracy", range: 0...1),
      series: groups.map { group in
        Chart.Series(group, points.filter { $0.group == group }.map(charted), as: .pointsWithBars)
      } + [Chart.Series("front", front.map { Chart.Point($0.tokens.value, $0.accuracy.value) }, as: .steps)])
    return [
      chart.figure(
        named: set.isEmpty ? "pareto" : "pareto-" + String(set.map { $0.isLetter || $0.isNumber ? $0 : "-" }),
        "\(set.isEmpty ? "Share" : set + ": share") of right answers and tokens of a reading, one mark per arm, with 95 % intervals; the line joins the arms that "
          + "no other arm beats in both.")
    ]
  }
}
