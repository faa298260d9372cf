import Foundation
import Palimpsest
import Plots

/// The cost of reading by length of the text: seconds, resident memory, and the slope of time over
/// length on logarithmic axes, which is 1 for a cost in proportion to the length.
///
/// Length is the trait `length` (tokens), or the bytes read. The slope is fitted from `shortest` on,
/// so that fixed costs do not bend it; each question is one point.
///
/// Source: the cost claims of MemAgent (arXiv:2507.02259, §3.4): O(N) for N tokens.
public struct Cost: Charted {
  /// Costs at each length that was seen, and the slope over all of them.
  public struct Finding: Codable, Sendable {
    /// The readings of one length.
    public struct Point: Codable, Sendable {
      /// Tokens as the task counts them, or bytes read.
      public var length: Int
      /// Mean wall seconds of a reading, with a 95 % interval.
      public var seconds: Interval
      /// Mean tokens of all prompts of a reading.
      public var tokensRead: Double
      /// Mean tokens of all replies of a reading.
      public var tokensGenerated: Double
      /// The largest value seen; nil where it was not measured.
      public var residentBytes: Int?
    }
    /// By ascending length.
    public var points: [Point]
    /// d log(seconds) / d log(length); nil with fewer than three questions or one length.
    public var slope: Interval?
    /// Bytes of resident memory per byte of text, from the shortest length to the longest.
    public var residentGrowth: Double?
  }

  private struct Sums {
    var seconds = StreamingMean()
    var usage = Usage()
    var resident: Int?
  }

  /// The shortest length the slope is fitted over.
  public let shortest: Int
  private var sums: [Int: Sums] = [:]
  private var slope = Slope()

  /// - Parameter shortest: the length from which on questions enter the fit of the slope.
  public init(shortest: Int = 1) { self.shortest = shortest }

  /// Adds seconds, tokens and resident memory of a reading; a failed reading counts with what it took.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    let length = trace.length
    let seconds = trace.tally.seconds
    sums[length, default: Sums()].seconds.add(seconds, cluster: trace.question.id)
    sums[length, default: Sums()].usage = sums[length, default: Sums()].usage + trace.tally.usage
    if let resident = trace.tally.residentBytes {
      sums[length, default: Sums()].resident = max(resident, sums[length]?.resident ?? 0)
    }
    if length >= shortest, seconds > 0 { slope.add(log(Double(length)), log(seconds)) }
  }

  /// What was seen so far; slopes are nil where they cannot be fitted.
  public var finding: Finding {
    let points = sums.keys.sorted().compactMap { length -> Finding.Point? in
      guard let sum = sums[length] else { return nil }
      let n = Double(max(1, sum.seconds.n))
      return Finding.Point(
        length: length, seconds: sum.seconds.interval, tokensRead: Double(sum.usage.read) / n,
        tokensGenerated: Double(sum.usage.generated) / n, residentBytes: sum.resident)
    }
    var growth: Double?
    if let first = points.first, let last = points.last, last.length > first.length,
      let small = first.residentBytes, let large = last.residentBytes
    {
      growth = Double(large - small) / Double(last.length - first.length)
    }
    return Finding(points: points, slope: slope.interval, residentGrowth: growth)
  }

  /// Two charts: `seconds-by-length`, both axes logarithmic, and `memory-by-length`.
  public static var frames: [String: Chart] {
    [
      "seconds-by-length": Chart(
        x: .init("length of the text, in tokens (in bytes where the task counts none)", scale: .log(2)),
        y: .init("seconds per reading", scale: .log(10))),
      "memory-by-length": Chart(
        x: .init("length of the text, in tokens (in bytes where the task counts none)", scale: .log(2)),
        y: .init("resident memory, MiB")),
    ]
  }
  /// The captions of both charts.
  public static var captions: [String: String] {
    [
      "seconds-by-length": "Seconds per reading by length of the text, both axes logarithmic, with 95 % intervals.",
      "memory-by-length": "Largest resident memory of the process by length of the text.",
    ]
  }
  /// Seconds with their intervals, named with the slope, and resident memory in MiB.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let finding = finding
    let name = finding.slope.map { "\(arm.isEmpty ? "" : arm + ": ")slope \(String(format: "%.3f", $0.value))" } ?? arm
    let seconds = finding.points.map { Chart.Point(Double($0.length), $0.seconds.value, $0.seconds.range) }
    let memory = finding.points.compactMap { point in
      point.residentBytes.map { Chart.Point(Double(point.length), Double($0) / 1_048_576) }
    }
    return [
      "seconds-by-length": [Chart.Series(name, seconds, as: .pointsWithBars)],
      "memory-by-length": memory.isEmpty ? [] : [Chart.Series(arm, memory, as: .lineWithBand)],
    ]
  }
}
