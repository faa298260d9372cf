import Palimpsest

extension Interval {
  /// How much higher one share is than another of other questions, with a 95 % interval from the Wilson intervals of both
  /// (Newcombe 1998, method 10). Where both arms read the same questions, `Scores.comparison` says more.
  ///
  /// - Parameters:
  ///   - share: of hits, with its bounds.
  ///   - other: what is subtracted.
  /// - Returns: without bounds where one of them has none.
  public static func difference(of share: Interval, from other: Interval) -> Interval {
    let difference = share.value - other.value
    let n = min(share.n, other.n)
    guard let low = share.low, let high = share.high, let otherLow = other.low, let otherHigh = other.high else {
      return Interval(difference, nil, nil, n: n)
    }
    func length(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
    return Interval(
      difference, difference - length(share.value - low, otherHigh - other.value),
      difference + length(high - share.value, other.value - otherLow), n: n)
  }
}
