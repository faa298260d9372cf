import Basics
import Palimpsest
import Plots

/// How much of a memory says again what stands elsewhere in it: the share of its runs of four words that are repetitions.
///
/// Runs do not reach over the border of two slots, and case does not count. A memory without a run of four words has none
/// that is repeated, and counts as 0. Readings that kept only their last step count for the end and are left out of the curve;
/// memories of vectors or rows are skipped.
///
/// Source: seq-rep-4 of Welleck et al., "Neural text generation with unlikelihood training" (arXiv:1908.04319), 1 minus
/// distinct over all runs, of a memory instead of a generated text.
public struct Redundancy: Charted {
  /// Shares over steps and at the end.
  public struct Finding: Codable, Sendable {
    /// Mean share after each step.
    public var curve: [CurvePoint]
    /// Mean share at the end of a reading.
    public var final: Interval
    /// The largest share seen.
    public var largest: Double
    /// Readings whose memory holds more than text, or that have no step.
    public var skipped: Int
  }

  private var curve = StepCurve()
  private var final = StreamingMean()
  private var largest = 0.0
  private var skipped = 0

  public init() {}

  /// Adds the memory states of a trace.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    guard let last = trace.state, trace.steps.allSatisfy({ $0.after.isText }) else {
      skipped += 1
      return
    }
    if trace.isWhole {
      var share = 0.0
      for step in trace.steps {
        // A step that changes nothing leaves the share as it is.
        if !step.changes.isEmpty || step.chunk.index == trace.steps.first?.chunk.index {
          share = Self.share(of: step.after)
        }
        curve.add(step: step.chunk.index, share)
        largest = max(largest, share)
      }
    }
    let end = Self.share(of: last)
    final.add(end, cluster: trace.question.cluster)
    largest = max(largest, end)
  }

  /// Repeated runs of four words over all of them.
  static func share(of state: MemoryState) -> Double {
    var seen: Set<[String]> = []
    var all = 0
    for text in state.slots.compactMap(\.text) {
      let words = text.lowercasedWords
      for start in words.indices.dropLast(3) {
        seen.insert(Array(words[start..<start + 4]))
        all += 1
      }
    }
    return all > 0 ? 1 - Double(seen.count) / Double(all) : 0
  }

  /// What was seen so far.
  public var finding: Finding {
    Finding(curve: curve.points, final: final.interval, largest: largest, skipped: skipped)
  }

  /// One chart, `redundancy`: a share over chunks.
  public static var frames: [String: Chart] {
    ["redundancy": Chart(x: .init("chunk"), y: .init("share of repeated runs of four words"))]
  }
  /// The caption of `redundancy`.
  public static var captions: [String: String] {
    ["redundancy": "Share of the memory that repeats what stands elsewhere in it, mean after each chunk."]
  }
  /// A line over chunks, or a point where there is only one.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let points = curve.points.map(\.charted)
    return ["redundancy": [Chart.Series(arm, points, as: points.count > 1 ? .line : .points)]]
  }
}
