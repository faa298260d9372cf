import Palimpsest
import Plots

/// Where in the text the evidence stood, how long the text was, and how often the answer was right: the heat map of
/// needle tests, and its margin over depths.
///
/// The depth is the trait `depth` (percent), or where the first evidence begins in the text that was read to its end.
/// Questions without a known depth are counted as skipped: an early exit does not say how long the text was.
///
/// Source: the map of Kamradt, "Needle in a haystack" (2023); the drop in the middle, Liu et al., "Lost in the Middle"
/// (arXiv:2307.03172).
public struct DepthByLength: Analyzer {
  /// Accuracy by depth and length.
  public struct Finding: Codable, Sendable {
    /// The questions of one length and one tenth of the depth.
    public struct Cell: Codable, Sendable {
      /// The trait `length`, or the bytes read rounded up to a power of two.
      public var length: Int
      /// The tenth of the text in which the evidence begins, 0...9.
      public var tenth: Int
      /// Mean score with a 95 % interval over clusters; failed questions are in it.
      public var accuracy: Interval
      /// Questions that ended `failed`.
      public var failed: Int
    }
    /// The questions of one tenth, all lengths together.
    public struct Position: Codable, Sendable {
      /// 0...9.
      public var tenth: Int
      /// Mean score with a 95 % interval over clusters.
      public var accuracy: Interval
      /// Questions that ended `failed`.
      public var failed: Int
    }
    /// By length, then by depth; places without questions are left out.
    public var cells: [Cell]
    /// By depth.
    public var positions: [Position]
    /// How much lower the fourth to the seventh tenth score than the first and the last, means of tenths; nil where one of
    /// the six has no question.
    public var middleDrop: Double?
    /// Questions without a known depth.
    public var skipped: Int
  }

  private struct Place: Hashable {
    var length: Int
    var tenth: Int
  }

  private var scores: [Place: StreamingMean] = [:]
  private var positions: [Int: StreamingMean] = [:]
  private var failed: [Place: Int] = [:]
  private var skipped = 0

  public init() {}

  /// Adds a trace at the place of its evidence.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    guard let depth = trace.depth else {
      skipped += 1
      return
    }
    let place = Place(length: trace.length, tenth: min(9, Int(depth * 10)))
    scores[place, default: StreamingMean()].add(verdict.score, cluster: trace.question.cluster)
    positions[place.tenth, default: StreamingMean()].add(verdict.score, cluster: trace.question.cluster)
    if case .failed = trace.end { failed[place, default: 0] += 1 }
  }

  /// What was seen so far.
  public var finding: Finding {
    let places = scores.keys.sorted { ($0.length, $0.tenth) < ($1.length, $1.tenth) }
    let cells = places.compactMap { place in
      scores[place].map {
        Finding.Cell(
          length: place.length, tenth: place.tenth, accuracy: $0.interval, failed: failed[place, default: 0])
      }
    }
    let rows = positions.keys.sorted().compactMap { tenth in
      positions[tenth].map { mean in
        Finding.Position(
          tenth: tenth, accuracy: mean.interval,
          failed: failed.filter { $0.key.tenth == tenth }.values.reduce(0, +))
      }
    }
    return Finding(cells: cells, positions: rows, middleDrop: middleDrop, skipped: skipped)
  }

  private var middleDrop: Double? {
    func mean(_ tenths: [Int]) -> Double? {
      let values = tenths.compactMap { positions[$0]?.interval.value }
      return values.count == tenths.count ? values.reduce(0, +) / Double(values.count) : nil
    }
    guard let edges = mean([0, 9]), let middle = mean([3, 4, 5, 6]) else { return nil }
    return edges - middle
  }

  /// One heat map, `depth-by-length`; none before the first question with a depth.
  public func figures() -> [Figure] { figures(named: "") }

  /// The heat map of one arm among several.
  public func figures(named arm: String) -> [Figure] {
    let finding = finding
    guard !finding.cells.isEmpty else { return [] }
    let lengths = Set(finding.cells.map(\.length)).sorted()
    let map = HeatMap(
      arm, x: "length of the text", y: "depth of the evidence", columns: lengths.map(Chart.short),
      rows: (0..<10).map { "\($0 * 10)–\($0 * 10 + 10) %" },
      cells: finding.cells.map { cell in
        HeatMap.Cell(
          row: cell.tenth, column: lengths.firstIndex(of: cell.length) ?? 0,
          value: min(max(cell.accuracy.value, 0), 1), n: cell.accuracy.n)
      })
    let name =
      arm.isEmpty ? "depth-by-length" : "depth-by-length-" + String(arm.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    return [
      map.figure(
        named: name,
        "Share of right answers\(arm.isEmpty ? "" : " of \(arm)") by depth of the evidence and length of the text, with the "
          + "number of questions.")
    ]
  }
}

extension Trace {
  /// Where the evidence begins, as a share of the text; nil where that is not known.
  var depth: Double? {
    if let percent = question.traits["depth"].flatMap(Double.init), (0...100).contains(percent) { return percent / 100 }
    guard end == .finished, bytesRead > 0, let first = question.evidence.map(\.lowerBound).min() else { return nil }
    return first < bytesRead ? Double(first) / Double(bytesRead) : nil
  }
}
