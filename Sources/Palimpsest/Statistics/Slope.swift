import Foundation

/// A straight line through points, by least squares, kept as sums: the slope with its 95 % interval.
public struct Slope: Sendable {
  /// Points added so far.
  public private(set) var n = 0
  private var meanX = 0.0
  private var meanY = 0.0
  private var xx = 0.0
  private var xy = 0.0
  private var yy = 0.0

  /// No points.
  public init() {}

  /// Welford's update: sums of products around the running means lose no digits.
  public mutating func add(_ x: Double, _ y: Double) {
    n += 1
    let dx = x - meanX
    let dy = y - meanY
    meanX += dx / Double(n)
    meanY += dy / Double(n)
    xx += dx * (x - meanX)
    xy += dx * (y - meanY)
    yy += dy * (y - meanY)
  }

  /// The slope; nil with fewer than three points, or when all have the same x.
  public var interval: Interval? {
    guard n >= 3, xx > 0 else { return nil }
    let slope = xy / xx
    let residual = max(0, yy - slope * xy)
    let error = (residual / Double(n - 2) / xx).squareRoot()
    let half = Self.studentT975(n - 2) * error
    return Interval(slope, slope - half, slope + half, n: n)
  }

  /// Where the line is at x.
  public func value(at x: Double) -> Double { meanY + (xx > 0 ? xy / xx : 0) * (x - meanX) }

  /// The 97.5 % point of Student's t: a table for few degrees of freedom, then the expansion of
  /// Abramowitz and Stegun 26.7.5, which is right to four digits from there on.
  static func studentT975(_ degrees: Int) -> Double {
    let table = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281]
    if degrees <= table.count { return table[degrees - 1] }
    let z = 1.959963984540054
    let v = Double(degrees)
    let (z3, z5, z7) = (pow(z, 3), pow(z, 5), pow(z, 7))
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v)
      + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v)
  }
}
