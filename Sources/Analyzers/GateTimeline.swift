import Palimpsest
import Plots

/// One reading as its gates saw it: the stated and decided strength at each chunk, the chunks with
/// evidence, and the end of the reading. Shows the first reading that has all its steps.
public struct GateTimeline: Analyzer {
  /// One reading, a moment per chunk.
  public struct Finding: Codable, Sendable, Hashable {
    /// What the gate was told and decided at one chunk.
    public struct Moment: Codable, Sendable, Hashable {
      /// Index of the chunk.
      public var chunk: Int
      /// The draft's signal `update`, 0...1; nil where it stated none.
      public var update: Float?
      /// The draft's signal `exit`, 0...1; nil where it said nothing.
      public var exit: Float?
      /// The strength that was decided.
      public var write: Float
      /// Whether the chunk touches evidence.
      public var isEvidence: Bool
    }
    /// Id of the question; empty before a reading was shown.
    public var question: String
    /// In the order of the chunks.
    public var moments: [Moment]
    /// The chunk at which the gate ended the reading.
    public var exitedAt: Int?
  }

  private var shown: Finding?

  public init() {}

  /// Takes the first trace that has all its steps; later ones change nothing.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    guard shown == nil, trace.isWhole, !trace.steps.isEmpty else { return }
    shown = Finding(
      question: trace.question.id,
      moments: trace.steps.map { step in
        Finding.Moment(
          chunk: step.chunk.index, update: step.draft.signals.update, exit: step.draft.signals.exit,
          write: step.decision.write, isEvidence: trace.question.isEvidence(step.chunk.range))
      },
      exitedAt: trace.end == .exited ? trace.steps.last?.chunk.index : nil)
  }

  /// The reading that is shown; without one it has no moments.
  public var finding: Finding { shown ?? Finding(question: "", moments: [], exitedAt: nil) }

  /// One chart, `gate-timeline`; none before a reading was seen.
  public func figures() -> [Figure] {
    guard let shown else { return [] }
    let moments = shown.moments
    func points(_ value: (Finding.Moment) -> Float?) -> [Chart.Point] {
      moments.compactMap { moment in value(moment).map { Chart.Point(Double(moment.chunk), Double($0)) } }
    }
    // Signals are marked where they say something else than what was done.
    let last = shown.exitedAt
    var series = [
      Chart.Series("written", points { $0.write }, as: .steps),
      Chart.Series("asked to write otherwise", points { $0.update == $0.write ? nil : $0.update }, as: .points),
      Chart.Series(
        "asked to exit", points { ($0.exit ?? 0) >= 0.5 && $0.chunk != last ? $0.exit : nil }, as: .points),
      Chart.Series("evidence", points { $0.isEvidence ? 0 : nil }, as: .rug),
    ]
    if let exit = shown.exitedAt {
      series.append(Chart.Series("exit", [.init(Double(exit), 0), .init(Double(exit), 1)]))
    }
    let chart = Chart(
      x: .init("chunk"), y: .init("strength", range: -0.08...1.08), series: series.filter { !$0.points.isEmpty })
    return [
      chart.figure(
        named: "gate-timeline",
        "Question \(shown.question): when the memory was written, where the evidence lies, and where the reading ended."
      )
    ]
  }
}
