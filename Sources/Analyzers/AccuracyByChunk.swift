import Palimpsest
import Plots

/// How often the answer is right, and how many steps a reading takes, by the size of the chunks.
///
/// The size is that of the larger of the first two chunks, in tokens, rounded up to a power of two: the last chunk of a
/// text is shorter, and chunkers that end at a sentence's border stay below their size. Readings whose chunks hold vectors, or that kept only
/// their last step, are counted.
public struct AccuracyByChunk: Charted {
  /// Accuracy at each size that was seen.
  public struct Finding: Codable, Sendable {
    /// The questions of one size.
    public struct Point: Codable, Sendable {
      /// Tokens, rounded up to a power of two.
      public var size: Int
      /// Mean score with a 95 % interval over clusters; failed questions are in it.
      public var accuracy: Interval
      /// Mean steps of a reading.
      public var steps: Double
      /// Questions that ended `failed`.
      public var failed: Int
    }
    /// By ascending size.
    public var points: [Point]
    /// The size with the highest accuracy, the largest of equals: it takes the fewest steps. Nil without points.
    public var best: Int?
    /// Readings whose size is not known.
    public var skipped: Int
  }

  private struct Sums {
    var accuracy = StreamingMean()
    var steps = StreamingMean()
    var failed = 0
  }

  private let tokenizer: any Tokenizer
  private var sums: [Int: Sums] = [:]
  private var skipped = 0

  /// - Parameter tokenizer: counts the chunks.
  public init(_ tokenizer: any Tokenizer = ByteTokenizer()) { self.tokenizer = tokenizer }

  /// Adds a trace at the size of its chunks.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    let sizes = trace.steps.prefix(2).compactMap { $0.chunk.text.map(tokenizer.count) }
    guard trace.isWhole, let size = sizes.max(), size > 0 else {
      skipped += 1
      return
    }
    var power = 1
    while power < size { power *= 2 }
    let cluster = trace.question.cluster
    sums[power, default: Sums()].accuracy.add(verdict.score, cluster: cluster)
    sums[power, default: Sums()].steps.add(Double(trace.tally.steps), cluster: cluster)
    if case .failed = trace.end { sums[power, default: Sums()].failed += 1 }
  }

  /// What was seen so far.
  public var finding: Finding {
    let points = sums.sorted { $0.key < $1.key }.map { size, sum in
      Finding.Point(
        size: size, accuracy: sum.accuracy.interval, steps: sum.steps.interval.value, failed: sum.failed)
    }
    let highest = points.map(\.accuracy.value).max()
    return Finding(points: points, best: points.last { $0.accuracy.value == highest }?.size, skipped: skipped)
  }

  /// One chart, `accuracy-by-chunk`: a logarithmic axis of sizes.
  public static var frames: [String: Chart] {
    [
      "accuracy-by-chunk": Chart(
        x: .init("size of a chunk, in tokens", scale: .log(2)), y: .init("accuracy", range: 0...1))
    ]
  }
  /// The caption of `accuracy-by-chunk`.
  public static var captions: [String: String] {
    ["accuracy-by-chunk": "Share of right answers by the size of a chunk, with 95 % intervals."]
  }
  /// A line through the sizes, with its interval as a band.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let points = finding.points.map { Chart.Point(Double($0.size), $0.accuracy.value, $0.accuracy.range) }
    return ["accuracy-by-chunk": [Chart.Series(arm, points, as: .lineWithBand)]]
  }
}
