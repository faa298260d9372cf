import Foundation
import Palimpsest
import Plots
import Transformers

/// How well tokens are predicted, by the number of tokens before them in the span: whether a model uses its
/// context.
///
/// Each token with a whole span before it is judged once for every range of places, so all points of the curve
/// cover the same tokens: if the curve falls, the context causes it, not the text.
public struct ContextCurve: Sendable, Codable, Hashable {
  /// One range of places.
  public struct Point: Sendable, Codable, Hashable {
    /// The number of tokens before: a range, both ends included.
    public var from, through: Int
    /// Nats per token; `n` is the number of blocks.
    public var nats: Interval
    /// e to the nats per token.
    public var perplexity: Double { exponential(nats.value) }
  }

  /// By ascending number of tokens before.
  public var points: [Point]
  /// Tokens that were judged, at every point the same.
  public var tokens: Int

  /// - Parameters:
  ///   - streams: each is read separately; streams shorter than a span are left out.
  ///   - block: tokens that are resampled together, for the intervals.
  public init(of decoder: some Backbone, on streams: [[Int]], span: Int, block: Int = 128) {
    precondition(span >= 2, "a span of \(span) tokens")
    let streams = streams.filter { $0.count > span }
    tokens = streams.reduce(0) { $0 + $1.count - span }
    points = Self.ranges(to: span).map { range in
      var ratio = StreamingRatio()
      for (index, stream) in streams.enumerated() {
        // Spans as far apart as the range is wide: each token falls to one of them.
        let starts = Array(
          stride(from: span - range.lowerBound, to: stream.count - range.lowerBound, by: range.count))
        let losses = decoder.losses(of: starts.map { Array(stream[$0...min($0 + range.upperBound, stream.count - 1)]) })
        let judged = losses.flatMap { $0.dropFirst(range.lowerBound - 1) }.map(Double.init)
        for start in stride(from: 0, to: judged.count, by: block) {
          let part = judged[start..<min(start + block, judged.count)]
          ratio.add(part.reduce(0, +), over: Double(part.count), cluster: "\(index).\(start)")
        }
      }
      return Point(from: range.lowerBound, through: range.upperBound, nats: ratio.interval)
    }
    if tokens == 0 { points = [] }
  }

  /// Nats per token of another model on the tokens of the curve.
  ///
  /// - Parameter surprisals: of each stream's tokens but the first.
  public static func nats(of surprisals: [[Float]], span: Int) -> Double {
    let judged = surprisals.flatMap { $0.dropFirst(span - 1) }.map(Double.init)
    return judged.reduce(0, +) / Double(max(judged.count, 1))
  }

  /// 1, 2, 3–4, 5–8, …: as many tokens before.
  private static func ranges(to span: Int) -> [ClosedRange<Int>] {
    var ranges = [1...1]
    while let last = ranges.last?.upperBound, last < span { ranges.append((last + 1)...min(2 * last, span)) }
    return ranges
  }

  /// Perplexity over the tokens before.
  ///
  /// - Parameter levels: of baselines, in nats per token.
  public func figure(named name: String = "perplexity-by-position", levels: [Chart.Level] = []) -> Figure {
    let places = points.map { point in
      Chart.Point(
        Double(point.through), point.perplexity,
        point.nats.range.map { exponential($0.lowerBound)...exponential($0.upperBound) })
    }
    return Chart(
      x: .sizes(points.map(\.through), "tokens before it in the span, at most"),
      y: .init("perplexity", scale: .log(10)),
      series: [Chart.Series("decoder", places, as: .lineWithBand)],
      levels: levels.map { Chart.Level(exponential($0.value), $0.name) }
    ).figure(
      named: name, "Perplexity of held-out tokens by how many tokens stand before them, with 95 % intervals.")
  }
}

func exponential(_ nats: Double) -> Double { exp(nats) }
