import Palimpsest
import Plots

/// Whether the gate opens where there is something to write, and exits when there is nothing more.
///
/// The update gate is open at strength 0.5 and above; a chunk holds evidence when it touches a range
/// of it. The exit is *exact* when the last chunk read is the one in which the evidence ends, *early*
/// when evidence lies behind it, *late* otherwise; a reading without an exit ends with its text.
/// Questions without evidence are counted as skipped, failed readings too.
///
/// Source: the gate accuracies and the exit split (Figure 7) of GRU-Mem (arXiv:2602.10560).
public struct GateCalibration: Charted {
  /// Shares with 95 % intervals over all readings that were seen.
  public struct Finding: Codable, Sendable {
    /// Share of chunks with evidence at which the memory was written.
    public var openOnEvidence: Interval
    /// The same for chunks with evidence a forward-only reader can recognise.
    public var openOnCausalEvidence: Interval
    /// Share of chunks without evidence at which it was written.
    public var openOnRest: Interval
    /// Share of readings that ended before the chunk with the last evidence.
    public var early: Interval
    /// Share of readings that ended at the chunk with the last evidence.
    public var exact: Interval
    /// Share of readings that ended behind the last evidence.
    public var late: Interval
    /// Share of readings that the gate ended.
    public var exited: Interval
    /// Mean of the bytes read.
    public var bytesRead: Interval
    /// Share of drafts whose reply did not follow its form.
    public var malformed: Interval
    /// Questions without evidence, and readings that failed.
    public var skipped: Int
  }

  private struct Share {
    var hits = 0
    var n = 0
    mutating func count(_ hit: Bool) {
      n += 1
      if hit { hits += 1 }
    }
    var interval: Interval { .share(hits, of: n) }
  }

  private var evidence = Share()
  private var causal = Share()
  private var rest = Share()
  private var early = Share()
  private var exact = Share()
  private var late = Share()
  private var exited = Share()
  private var malformed = Share()
  private var bytesRead = StreamingMean()
  private var skipped = 0

  public init() {}

  /// Adds a reading; it needs every step, so a trace of the last step alone counts that step only.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    let question = trace.question
    guard let end = question.evidence.map(\.upperBound).max(), let last = trace.steps.last,
      trace.end == .finished || trace.end == .exited
    else {
      skipped += 1
      return
    }
    early.count(last.chunk.range.upperBound < end)
    exact.count(last.chunk.range.lowerBound < end && end <= last.chunk.range.upperBound)
    late.count(end <= last.chunk.range.lowerBound)
    exited.count(trace.end == .exited)
    bytesRead.add(Double(trace.bytesRead), cluster: question.cluster)
    guard trace.isWhole else { return }
    for step in trace.steps {
      let isOpen = step.decision.write >= 0.5
      if question.isEvidence(step.chunk.range) { evidence.count(isOpen) } else { rest.count(isOpen) }
      if question.causalEvidence.contains(where: { $0.overlaps(step.chunk.range) }) { causal.count(isOpen) }
      malformed.count(step.draft.signals.isMalformed)
    }
  }

  /// What was seen so far.
  public var finding: Finding {
    Finding(
      openOnEvidence: evidence.interval, openOnCausalEvidence: causal.interval, openOnRest: rest.interval,
      early: early.interval, exact: exact.interval, late: late.interval, exited: exited.interval,
      bytesRead: bytesRead.interval, malformed: malformed.interval, skipped: skipped)
  }

  /// Two bar charts: `gate-openings` and `gate-exits`.
  public static var frames: [String: Chart] {
    [
      "gate-openings": Chart(
        x: .names(["chunks with evidence", "chunks without"]), y: .init("share written", range: 0...1)),
      "gate-exits": Chart(
        x: .names(["before the evidence ends", "at its last chunk", "later"]),
        y: .init("share of readings", range: 0...1)),
    ]
  }
  /// The captions of both charts.
  public static var captions: [String: String] {
    [
      "gate-openings": "How often the memory is written at chunks with and without evidence, with 95 % intervals.",
      "gate-exits": "Where readings end, measured against the last chunk with evidence, with 95 % intervals.",
    ]
  }
  /// Bars for openings with and without evidence, and for early, exact and late exits.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    func bars(_ intervals: [Interval]) -> [Chart.Series] {
      [Chart.Series(arm, intervals.enumerated().map { .init(Double($0), $1.value, $1.range) }, as: .bars)]
    }
    return [
      "gate-openings": bars([evidence.interval, rest.interval]),
      "gate-exits": bars([early.interval, exact.interval, late.interval]),
    ]
  }
}
