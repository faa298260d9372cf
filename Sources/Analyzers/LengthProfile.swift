import Palimpsest
import Plots
import Statistics

/// A row of RULER's tables: the score at each length, the effective length, and three averages over lengths.
///
/// The score of a length is the mean over tasks of the mean over a task's questions, so that every task counts alike; the
/// task of a question is its trait `variety`, or `task`. The weighted averages give the lengths, in rising order, the
/// weights 1, 2, 3, … (`increasing`) and …, 3, 2, 1 (`decreasing`). The effective length is the longest one whose score is
/// above a threshold: 85.6 %, a 7B model's score at 4K.
///
/// Intervals resample clusters. Questions of one cluster at several lengths or in several tasks move together, so that
/// averages over lengths are not taken for more certain than they are.
///
/// Source: RULER (arXiv:2404.06654), §4 and Table 3.
public struct LengthProfile: Charted {
  /// The row.
  public struct Finding: Codable, Sendable {
    /// One length.
    public struct Point: Codable, Sendable {
      /// The trait `length`, or the bytes read rounded up to a power of two.
      public var length: Int
      /// Mean over tasks with a 95 % interval over clusters.
      public var score: Interval
      /// Mean of each task's questions.
      public var tasks: [String: Double]
      /// Questions that ended `failed`; they score 0.
      public var failed: Int
    }
    /// By ascending length.
    public var points: [Point]
    /// Plain mean over lengths.
    public var average: Interval
    /// Mean with weights that rise with the length.
    public var increasing: Interval
    /// Mean with weights that fall with the length.
    public var decreasing: Interval
    /// The threshold of the effective length.
    public var threshold: Double
    /// The longest length whose score is above the threshold; nil where none is.
    public var effective: Int?
    /// The shortest length whose score is not above the threshold; nil where there is none. Below the effective length
    /// it says that scores do not only fall.
    public var firstBelow: Int?
  }

  private struct Item: Sendable {
    var length: Int
    var task: String
    var score: Double
    var cluster: String
  }

  /// The threshold of the effective length.
  public let threshold: Double
  private var items: [Item] = []
  private var failed: [Int: Int] = [:]

  /// - Parameter threshold: RULER's 0.856 by default.
  public init(threshold: Double = 0.856) { self.threshold = threshold }

  /// Adds a score under its length and task.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    let traits = trace.question.traits
    items.append(
      Item(
        length: trace.length, task: traits["variety"] ?? traits["task"] ?? "", score: verdict.score,
        cluster: trace.question.cluster))
    if case .failed = trace.end { failed[trace.length, default: 0] += 1 }
  }

  /// What was seen so far; without traces there are no points, and averages are 0 without an interval.
  public var finding: Finding {
    let byLength = Dictionary(grouping: items, by: \.length)
    let lengths = byLength.keys.sorted()
    let points = lengths.map { length in
      Finding.Point(
        length: length, score: mean { $0 == length ? 1 : 0 },
        tasks: Dictionary(grouping: byLength[length] ?? [], by: \.task)
          .mapValues { $0.reduce(0) { $0 + $1.score } / Double($0.count) },
        failed: failed[length, default: 0])
    }
    func place(_ length: Int) -> Int { lengths.firstIndex(of: length) ?? 0 }
    return Finding(
      points: points, average: mean { _ in 1 }, increasing: mean { Double(place($0) + 1) },
      decreasing: mean { Double(lengths.count - place($0)) }, threshold: threshold,
      effective: points.last { $0.score.value > threshold }?.length,
      firstBelow: points.first { $0.score.value <= threshold }?.length)
  }

  /// The mean over lengths, each with a weight, of means over tasks, as one ratio of sums: an item weighs what its length
  /// does, shared among the tasks of the length and the items of the task.
  private func mean(_ weight: (Int) -> Double) -> Interval {
    var counts: [Int: [String: Int]] = [:]
    for item in items { counts[item.length, default: [:]][item.task, default: 0] += 1 }
    var ratio = StreamingRatio()
    for item in items where weight(item.length) > 0 {
      guard let tasks = counts[item.length], let n = tasks[item.task] else { continue }
      let share = weight(item.length) / Double(tasks.count) / Double(n)
      ratio.add(share * item.score, over: share, cluster: item.cluster)
    }
    return ratio.interval
  }

  /// One chart, `length-profile`: scores over a logarithmic axis of lengths.
  public static var frames: [String: Chart] {
    [
      "length-profile": Chart(
        x: .init("length, in tokens (in bytes where the task counts none)", scale: .log(2)),
        y: .init("mean score of the tasks", range: 0...1))
    ]
  }
  /// The caption of `length-profile`.
  public static var captions: [String: String] {
    [
      "length-profile":
        "Mean score of the tasks by length, with 95 % intervals, and the threshold of the effective length."
    ]
  }
  /// A line through the lengths with its interval as a band, named with the effective length.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let finding = finding
    let points = finding.points.map { Chart.Point(Double($0.length), $0.score.value, $0.score.range) }
    let effective = finding.effective.map(Chart.short) ?? "none"
    let name = (arm.isEmpty ? "" : "\(arm): ") + "effective \(effective)"
    return ["length-profile": [Chart.Series(name, points, as: .lineWithBand)]]
  }
  /// The threshold.
  public var levels: [String: [Chart.Level]] { ["length-profile": [Chart.Level(threshold, "threshold")]] }
}
