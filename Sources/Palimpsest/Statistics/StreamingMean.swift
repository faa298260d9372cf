/// A mean with a 95 % interval over clusters, in memory that does not grow with the number of
/// items.
///
/// Items of one cluster (questions over the same document) are not independent, so clusters are
/// resampled, not items. Resampling with replacement is replaced by giving each cluster a Poisson(1)
/// weight in each of the replicates; the weight depends on the cluster's name alone, so items may
/// arrive one at a time, in any order, and only the sums of the replicates are kept.
///
/// Scores of 0 and 1 with one item per cluster get Wilson's interval instead, which is not empty
/// when all scores agree.
///
/// Source: the Poisson bootstrap of Chamandy, Muralidharan, Najmi, Naidu, "Estimating Uncertainty
/// for Massive Data Streams" (2012); the online bootstrap of Oza and Russell (2001).
public struct StreamingMean: Sendable {
  /// Items added so far.
  public private(set) var n = 0
  private var sum = 0.0
  private var hits = 0
  private var isBinary = true
  /// Small fingerprints of the clusters seen, to detect a repeated cluster; dropped once one occurs.
  private var clusters: Set<UInt64> = []
  private var hasSharedCluster = false
  private var sums: [Double]
  private var weights: [Double]
  private let seed: UInt64

  /// Above this many clusters no list of them is kept: the bootstrap is as good by then.
  private static let clusterLimit = 4096

  /// - Precondition: at least 40 replicates.
  public init(replicates: Int = 1000, seed: UInt64 = 1) {
    precondition(replicates >= 40, "\(replicates) replicates cannot show a 2.5 % tail")
    sums = Array(repeating: 0, count: replicates)
    weights = sums
    self.seed = seed
  }

  /// - Parameter cluster: items of one cluster are resampled together.
  public mutating func add(_ score: Double, cluster: String) {
    n += 1
    sum += score
    if score == 1 { hits += 1 } else if score != 0 { isBinary = false }

    var random = SeededGenerator(seed: seed, session: cluster, purpose: "bootstrap")
    if !hasSharedCluster {
      var name = random
      hasSharedCluster = !clusters.insert(name.next()).inserted || clusters.count > Self.clusterLimit
      if hasSharedCluster { clusters = [] }
    }
    for replicate in sums.indices {
      let weight = Self.poisson(random.next())
      guard weight > 0 else { continue }
      sums[replicate] += weight * score
      weights[replicate] += weight
    }
  }

  /// The mean; 0 [0, 1] of nothing.
  public var interval: Interval {
    guard n > 0 else { return Interval(0, 0, 1, n: 0) }
    if isBinary, !hasSharedCluster { return .share(hits, of: n) }
    let means = zip(sums, weights).compactMap { $1 > 0 ? $0 / $1 : nil }.sorted()
    let mean = sum / Double(n)
    guard let last = means.indices.last else { return Interval(mean, mean, mean, n: n) }
    func quantile(_ share: Double) -> Double { means[Int((share * Double(last)).rounded())] }
    return Interval(mean, quantile(0.025), quantile(0.975), n: n)
  }

  /// Poisson(1) by inversion: the cumulative probabilities e⁻¹ Σ 1/k!.
  static func poisson(_ bits: UInt64) -> Double {
    let uniform = Double(bits >> 11) * 0x1p-53
    var probability = 0.36787944117144233
    var cumulative = probability
    var k = 0.0
    while uniform >= cumulative, k < 20 {
      k += 1
      probability /= k
      cumulative += probability
    }
    return k
  }
}
