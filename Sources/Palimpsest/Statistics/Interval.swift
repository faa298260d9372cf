import Foundation

/// A number with its 95 % interval and what it was counted over.
///
/// From fewer than two clusters nothing can be said about how far the number would move with other data: then there
/// is no interval, and `low` and `high` are nil.
public struct Interval: Sendable, Codable, Hashable {
  /// The estimate.
  public var value: Double
  /// The 2.5th percentile; nil where there is no interval.
  public var low: Double?
  /// The 97.5th percentile; nil where there is no interval.
  public var high: Double?
  /// How many items were counted.
  public var n: Int
  /// In how many independent clusters they came; `n` where the items are independent.
  public var clusters: Int

  /// The bounds are taken as given; they need not enclose the value. Without `clusters` the items are independent.
  public init(_ value: Double, _ low: Double?, _ high: Double?, n: Int, clusters: Int? = nil) {
    self.value = value
    self.low = low
    self.high = high
    self.n = n
    self.clusters = clusters ?? n
  }

  /// From the low bound to the high one; nil where there is no interval.
  public var range: ClosedRange<Double>? {
    guard let low, let high else { return nil }
    return min(low, high)...max(low, high)
  }

  /// Reads files from before clusters were counted, too.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    value = try fields.decode(Double.self, forKey: .value)
    low = try fields.decodeIfPresent(Double.self, forKey: .low)
    high = try fields.decodeIfPresent(Double.self, forKey: .high)
    n = try fields.decode(Int.self, forKey: .n)
    clusters = try fields.decodeIfPresent(Int.self, forKey: .clusters) ?? n
  }
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
  /// `0.83 [0.78, 0.87]`, or `0.83 [no interval]`.
  public var description: String {
    guard let low, let high else { return String(format: "%.2f [no interval]", value) }
    return String(format: "%.2f [%.2f, %.2f]", value, low, high)
  }
}
