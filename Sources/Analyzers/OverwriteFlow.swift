import Basics
import Palimpsest
import Plots

/// The turnover of the memory: the words that a step keeps, drops and adds.
///
/// Before and after are compared as bags of words: kept words are in both, dropped words only
/// before, added words only after. Steps that change nothing keep everything. Traces that kept only
/// their last step, and those of memories that hold vectors or rows, are skipped.
public struct OverwriteFlow: Charted {
  /// Means in words per change, curves over steps, and shares.
  public struct Finding: Codable, Sendable {
    /// Mean words per step that changed something.
    public var kept: Double
    /// Mean words that a change added.
    public var added: Double
    /// Mean words that a change removed.
    public var dropped: Double
    /// The share of the memory's words that a change keeps.
    public var keptShare: Double
    /// Share of steps that changed something.
    public var changes: Interval
    /// Words kept at each step, mean over readings.
    public var keptCurve: [CurvePoint]
    /// Words added at each step, mean over readings.
    public var addedCurve: [CurvePoint]
    /// Words removed at each step, mean over readings.
    public var droppedCurve: [CurvePoint]
    /// Traces that kept only their last step, or whose memory held more than text.
    public var skipped: Int
  }

  private var kept = StepCurve()
  private var added = StepCurve()
  private var dropped = StepCurve()
  private var sums = (kept: 0, added: 0, dropped: 0)
  private var changed = 0
  private var steps = 0
  private var skipped = 0

  public init() {}

  /// Adds the steps of a trace, each compared with the step before it.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    guard trace.isWhole, trace.steps.allSatisfy({ $0.after.isText }) else {
      skipped += 1
      return
    }
    var before = Bag()
    for step in trace.steps {
      let after = step.changes.isEmpty ? before : Bag(of: step.after.text)
      let common = step.changes.isEmpty ? after.count : before.common(with: after)
      kept.add(step: step.chunk.index, Double(common))
      added.add(step: step.chunk.index, Double(after.count - common))
      dropped.add(step: step.chunk.index, Double(before.count - common))
      steps += 1
      if !step.changes.isEmpty {
        changed += 1
        sums.kept += common
        sums.added += after.count - common
        sums.dropped += before.count - common
      }
      before = after
    }
  }

  /// What was seen so far; `keptShare` is 1 where nothing stood in a memory.
  public var finding: Finding {
    let n = Double(max(1, changed))
    let stood = sums.kept + sums.dropped
    return Finding(
      kept: Double(sums.kept) / n, added: Double(sums.added) / n, dropped: Double(sums.dropped) / n,
      keptShare: stood > 0 ? Double(sums.kept) / Double(stood) : 1, changes: .share(changed, of: steps),
      keptCurve: kept.points, addedCurve: added.points, droppedCurve: dropped.points, skipped: skipped)
  }

  /// One chart, `overwrite-flow`: words over chunks.
  public static var frames: [String: Chart] {
    ["overwrite-flow": Chart(x: .init("chunk"), y: .init("words"))]
  }
  /// The caption of `overwrite-flow`.
  public static var captions: [String: String] {
    ["overwrite-flow": "Words of the memory kept, added and dropped at each chunk, mean over readings."]
  }
  /// Three lines for an arm: kept, added and dropped.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let prefix = arm.isEmpty ? "" : arm + ": "
    return [
      "overwrite-flow": [
        Chart.Series(prefix + "kept", kept.points.map(\.charted)),
        Chart.Series(prefix + "added", added.points.map(\.charted)),
        Chart.Series(prefix + "dropped", dropped.points.map(\.charted)),
      ]
    ]
  }
}

/// Words with how often each occurs.
private struct Bag {
  var counts: [String: Int] = [:]
  var count = 0

  init() {}

  init(of text: String) {
    for word in text.lowercasedWords {
      counts[word, default: 0] += 1
      count += 1
    }
  }

  func common(with other: Bag) -> Int {
    counts.reduce(0) { $0 + min($1.value, other.counts[$1.key, default: 0]) }
  }
}
