import Foundation

/// A number with its 95 % interval and what it was counted over.
public struct Interval: Sendable, Codable, Hashable {
  /// The estimate.
  public var value: Double
  /// Lower end of the 95 % interval.
  public var low: Double
  /// Upper end of the 95 % interval.
  public var high: Double
  /// Items the estimate was computed from.
  public var n: Int

  /// The ends are taken as given; they need not enclose the value.
  public init(_ value: Double, _ low: Double, _ high: Double, n: Int) {
    self.value = value
    self.low = low
    self.high = high
    self.n = n
  }

  /// From `low` to `high`, in order.
  public var range: ClosedRange<Double> { min(low, high)...max(low, high) }
}

extension Interval {
  /// A share with Wilson's score interval (1927): sensible at 0, at 1 and for few items, where the
  /// normal interval is not. Of nothing it is 0 [0, 1].
  ///
  /// 95 %: z = 1.959964.
  public static func share(_ hits: Int, of n: Int) -> Interval {
    precondition(0 <= hits && hits <= n, "\(hits) hits of \(n)")
    guard n > 0 else { return Interval(0, 0, 1, n: 0) }
    let z = 1.959963984540054
    let count = Double(n)
    let p = Double(hits) / count
    let scale = 1 + z * z / count
    let centre = (p + z * z / (2 * count)) / scale
    let half = z / scale * (p * (1 - p) / count + z * z / (4 * count * count)).squareRoot()
    // At the edges the formula gives 0 and 1 up to rounding.
    return Interval(p, hits == 0 ? 0 : centre - half, hits == n ? 1 : centre + half, n: n)
  }
}

extension Interval: CustomStringConvertible {
  /// `0.83 [0.78, 0.87]`
  public var description: String {
    String(format: "%.2f [%.2f, %.2f]", value, low, high)
  }
}
