import Palimpsest
import Plots

/// The size of the memory while it reads: tokens over steps, beside the budget and the size of the
/// evidence alone.
///
/// Traces that kept only their last step count for the final size and are left out of the curve.
/// Chart: Figure 6 of GRU-Mem (arXiv:2602.10560).
public struct PageSize: Charted {
  /// Sizes in tokens, over steps and at the end.
  public struct Finding: Codable, Sendable {
    /// Mean tokens after each step, over the readings that have all their steps.
    public var curve: [CurvePoint]
    /// Mean size at the end of a reading.
    public var final: Interval
    /// The largest size seen.
    public var largest: Int
    /// The budget; nil where there is none, or where readings had different ones.
    public var cap: Int?
    /// Mean size of the evidence that was read.
    public var evidence: Interval?
    /// Mean bytes of the final memory state: its slots and what the policy carries.
    public var bytes: Interval
  }

  private let tokenizer: any Tokenizer
  private var curve = StepCurve()
  private var final = StreamingMean()
  private var bytes = StreamingMean()
  private var evidence = StreamingMean()
  private var largest = 0
  private var caps: Set<Int> = []

  /// - Parameter tokenizer: the tokenizer of the memory's budget; it counts the evidence.
  public init(_ tokenizer: any Tokenizer = ByteTokenizer()) { self.tokenizer = tokenizer }

  /// Adds the sizes of a trace's memory states; a trace without a step adds nothing.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    guard let last = trace.state else { return }
    let cluster = trace.question.cluster
    final.add(Double(last.tokens), cluster: cluster)
    bytes.add(Double(last.bytes), cluster: cluster)
    if caps.count < 2 { caps.insert(last.budget.tokens) }
    largest = max(largest, last.tokens)
    guard trace.isWhole else { return }
    for step in trace.steps {
      curve.add(step: step.chunk.index, Double(step.after.tokens))
      largest = max(largest, step.after.tokens)
    }
    let facts = trace.evidenceTexts().compactMap { $0.isWhole ? $0.text : nil }
    if !facts.isEmpty {
      evidence.add(Double(facts.reduce(0) { $0 + tokenizer.count($1) }), cluster: cluster)
    }
  }

  /// What was seen so far.
  public var finding: Finding {
    Finding(
      curve: curve.points, final: final.interval, largest: largest, cap: cap,
      evidence: evidence.n > 0 ? evidence.interval : nil, bytes: bytes.interval)
  }

  private var cap: Int? { caps.count == 1 ? caps.first.flatMap { $0 < .max ? $0 : nil } : nil }

  /// One chart, `page-size`: tokens over chunks.
  public static var frames: [String: Chart] {
    ["page-size": Chart(x: .init("chunk"), y: .init("tokens in memory"))]
  }
  /// The caption of `page-size`.
  public static var captions: [String: String] {
    [
      "page-size":
        "Mean size of the memory after each chunk, with 95 % intervals, its cap, and the size of the evidence."
    ]
  }
  /// A line over chunks, or a point where there is only one.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    // A reading of one step is a point, not a line.
    let points = curve.points.map(\.charted)
    return ["page-size": [Chart.Series(arm, points, as: points.count > 1 ? .line : .points)]]
  }
  /// The budget, where all readings have the same, and the mean size of the evidence.
  public var levels: [String: [Chart.Level]] {
    var levels: [Chart.Level] = []
    if let cap { levels.append(.init(Double(cap), "cap")) }
    if evidence.n > 0 { levels.append(.init(evidence.interval.value.rounded(), "evidence")) }
    return ["page-size": levels]
  }
}
