import Foundation
import Palimpsest
import Plots
import Statistics

/// Whether a memory loses a fixed share of its answers at every chunk: log acc(K) = log a + K · log ρ over readings of K
/// chunks, fitted by maximum likelihood (`LogBinomial`).
///
/// K are the chunks between the last evidence and the end of the reading where the trace has all its steps, because what
/// was not read cannot be lost; else all chunks.
///
/// Less than 10 % is lost over 700 chunks where ρ is at least 0.99985, less than 5 % where it is at least 0.99993.
public struct RetentionLaw: Charted {
  /// The fitted law beside what was seen.
  public struct Finding: Codable, Sendable {
    /// The readings of similar length.
    public struct Point: Codable, Sendable {
      /// Mean number of chunks.
      public var chunks: Double
      /// Mean score with a 95 % interval over clusters; failed questions are in it.
      public var accuracy: Interval
      /// Questions that ended `failed`.
      public var failed: Int
    }
    /// By ascending number of chunks, in doubling bins.
    public var points: [Point]
    /// a: the accuracy before the first chunk; nil where nothing could be fitted.
    public var start: Double?
    /// ρ: what is kept of the accuracy at each chunk.
    public var ratio: Interval?
    /// The chunks after which half is left; nil where nothing is lost.
    public var halfLife: Double?
    /// The share that is lost over 700 chunks.
    public var lossAt700: Interval?
    /// How far the law is from the accuracies, and the value that would be usual.
    public var deviance: Double?
    /// Different numbers of chunks, less two.
    public var freedom: Int?
  }

  private struct Bin {
    var score = StreamingMean()
    var chunks = 0
    var failed = 0
  }

  private var law = LogBinomial()
  private var bins: [Int: Bin] = [:]

  public init() {}

  /// Adds a score at its number of chunks.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    var failed = false
    if case .failed = trace.end { failed = true }
    observe(verdict.score, chunks: trace.chunksBehindEvidence, cluster: trace.question.cluster, failed: failed)
  }

  /// Adds a score of a reading that left no trace.
  ///
  /// - Parameters:
  ///   - chunks: K, those read behind the last evidence, 0 or more.
  ///   - cluster: the text that was asked about; questions of one cluster are resampled together.
  ///   - failed: whether the reading ended `failed`.
  public mutating func observe(_ score: Double, chunks: Int, cluster: String, failed: Bool = false) {
    precondition(chunks >= 0, "\(chunks) chunks behind the last evidence")
    law.add(score, steps: Double(chunks))
    // 0, 1, 2–3, 4–7, …
    let bin = chunks == 0 ? 0 : Int.bitWidth - chunks.leadingZeroBitCount
    bins[bin, default: Bin()].score.add(score, cluster: cluster)
    bins[bin, default: Bin()].chunks += chunks
    if failed { bins[bin, default: Bin()].failed += 1 }
  }

  /// What was seen so far.
  public var finding: Finding {
    let points = bins.sorted { $0.key < $1.key }.map { _, bin in
      Finding.Point(
        chunks: Double(bin.chunks) / Double(max(1, bin.score.n)), accuracy: bin.score.interval, failed: bin.failed)
    }
    guard let fit = law.fit else { return Finding(points: points) }
    let ratio = fit.ratio
    func loss(_ ratio: Double) -> Double { 1 - pow(ratio, 700) }
    return Finding(
      points: points, start: fit.start, ratio: ratio, halfLife: ratio.value < 1 ? log(0.5) / log(ratio.value) : nil,
      lossAt700: Interval(loss(ratio.value), ratio.high.map(loss), ratio.low.map(loss), n: ratio.n),
      deviance: fit.deviance, freedom: fit.freedom)
  }

  /// One chart, `retention-law`: accuracies over chunks, the vertical axis logarithmic, on which the law is a line.
  public static var frames: [String: Chart] {
    [
      "retention-law": Chart(
        x: .init("chunks read behind the last evidence"), y: .init("accuracy", scale: .log(10)))
    ]
  }
  /// The caption of `retention-law`.
  public static var captions: [String: String] {
    [
      "retention-law":
        "Accuracy by the number of chunks read behind the last evidence, with 95 % intervals, and the law a·ρ^K fitted to it."
    ]
  }
  /// Points with their intervals, and the fitted law as a line. Accuracies of 0 have no place on a logarithmic axis.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let finding = finding
    let seen = finding.points.filter { $0.accuracy.value > 0 }
    let points = seen.map { point in
      Chart.Point(
        point.chunks, point.accuracy.value,
        point.accuracy.range.flatMap { $0.lowerBound > 0 ? $0 : nil })
    }
    var series = [Chart.Series(arm, points, as: .pointsWithBars)]
    if let start = finding.start, let ratio = finding.ratio?.value, let most = seen.last?.chunks, most > 0 {
      let line = (0...24).map { Double($0) * most / 24 }.map { Chart.Point($0, start * pow(ratio, $0)) }
      let name = (arm.isEmpty ? "" : "\(arm): ") + "ρ = \(String(format: "%.5f", ratio))"
      series.append(Chart.Series(name, line, as: .line))
    }
    return ["retention-law": series]
  }
}

extension Trace {
  /// Chunks that were read behind the one in which the last evidence ended; all chunks where that is not known.
  var chunksBehindEvidence: Int {
    guard isWhole, let end = question.evidence.map(\.upperBound).max(),
      let read = steps.firstIndex(where: { $0.chunk.range.upperBound >= end })
    else { return tally.steps }
    return steps.count - 1 - read
  }
}
