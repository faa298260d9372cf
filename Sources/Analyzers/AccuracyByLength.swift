import Palimpsest
import Plots

/// How often the answer is right, by the length of the text.
///
/// The length of a question is its trait `length` (tokens, as its task counts them). Without one it
/// is the text read, in bytes, rounded up to a power of two.
public struct AccuracyByLength: Charted {
  /// Accuracy at each length that was seen, and how far the accuracies differ.
  public struct Finding: Codable, Sendable {
    /// The questions of one length.
    public struct Point: Codable, Sendable {
      /// Tokens as the task counts them, or bytes rounded up to a power of two.
      public var length: Int
      /// Mean score with a 95 % interval over clusters; failed questions are in it.
      public var accuracy: Interval
      /// Questions that ended `failed`; their scores are part of the accuracy.
      public var failed: Int
    }
    /// By ascending length.
    public var points: [Point]
    /// The range of the accuracies over all lengths: 0 when length does no harm.
    public var spread: Double
  }

  private var scores: [Int: StreamingMean] = [:]
  private var failed: [Int: Int] = [:]

  public init() {}

  /// Adds a trace; its length is the trait `length`, or the bytes read.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    let length = trace.length
    scores[length, default: StreamingMean()].add(verdict.score, cluster: trace.question.cluster)
    if case .failed = trace.end { failed[length, default: 0] += 1 }
  }

  /// What was seen so far; without traces `points` is empty and `spread` is 0.
  public var finding: Finding {
    let points = scores.keys.sorted().compactMap { length in
      scores[length].map {
        Finding.Point(length: length, accuracy: $0.interval, failed: failed[length, default: 0])
      }
    }
    let values = points.map(\.accuracy.value)
    return Finding(points: points, spread: (values.max() ?? 0) - (values.min() ?? 0))
  }

  /// One chart, `accuracy-by-length`: a logarithmic axis of lengths.
  public static var frames: [String: Chart] {
    [
      "accuracy-by-length": Chart(
        x: .init("length of the text, in tokens (in bytes where the task counts none)", scale: .log(2)),
        y: .init("accuracy", range: 0...1))
    ]
  }
  /// The caption of `accuracy-by-length`.
  public static var captions: [String: String] {
    ["accuracy-by-length": "Share of right answers by length of the text, with 95 % intervals."]
  }
  /// A line through the lengths, with its interval as a band.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let points = finding.points.map { Chart.Point(Double($0.length), $0.accuracy.value, $0.accuracy.range) }
    return ["accuracy-by-length": [Chart.Series(arm, points, as: .lineWithBand)]]
  }
}

extension Trace {
  /// The question's trait `length`, or the bytes read rounded up to a power of two.
  var length: Int {
    if let length = question.traits["length"].flatMap(Int.init), length > 0 { return length }
    var power = 1
    while power < bytesRead { power *= 2 }
    return power
  }

  /// How far the reading came in its text.
  var bytesRead: Int { steps.last?.chunk.range.upperBound ?? 0 }

  /// Whether every step is there, not only the last.
  var isWhole: Bool { steps.count == tally.steps }
}
