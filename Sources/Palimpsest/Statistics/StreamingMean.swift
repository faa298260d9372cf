/// A mean with a 95 % interval over clusters.
///
/// Clusters are resampled as by `StreamingRatio`. Two cases have an interval of their own, because resampling sees too
/// little spread in them:
///
/// - Scores of 0 and 1 with one item per cluster get Wilson's interval.
/// - Scores that are all 0, or all 1, over clusters of several items get Wilson's interval with each cluster counted
///   once.
public struct StreamingMean: Sendable {
  private var ratio: StreamingRatio
  private var ones = 0
  private var isBinary = true

  /// - Parameter seed: of the weights of the replicates.
  public init(seed: UInt64 = 1) { ratio = StreamingRatio(seed: seed) }

  /// How many items there are.
  public var n: Int { ratio.n }

  /// - Parameter cluster: items of one cluster are resampled together.
  public mutating func add(_ score: Double, cluster: String) {
    ratio.add(score, cluster: cluster)
    if score == 1 { ones += 1 } else if score != 0 { isBinary = false }
  }

  /// The mean with its interval. There is none with fewer than two clusters; the mean of nothing is 0.
  public var interval: Interval {
    let clusters = ratio.clusters
    guard isBinary, clusters >= 2 else { return ratio.interval }
    if clusters == n { return .share(ones, of: n) }
    guard ones == 0 || ones == n else { return ratio.interval }
    let share = Interval.share(ones == 0 ? 0 : clusters, of: clusters)
    return Interval(share.value, share.low, share.high, n: n, clusters: clusters)
  }
}
