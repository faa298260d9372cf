/// A ratio of two sums with a 95 % interval over clusters: nats per token, bits per byte, and with every item counted
/// once the mean of scores. This is the one bootstrap of the package; `StreamingMean` and `Scores` stand on it.
///
/// Items of one cluster (questions over the same document, tokens of one block) are not independent, so clusters are
/// resampled, not items. Resampling with replacement is replaced by giving each cluster a Poisson(1) weight in each of
/// 2,000 replicates. The weight depends on the cluster's name alone, so items may come one at a time and in any order,
/// and nothing is kept but the sums of the replicates and eight bytes per cluster. The bounds are the 2.5th and the
/// 97.5th percentile of the replicates.
///
/// Source: the Poisson bootstrap of Chamandy, Muralidharan, Najmi, Naidu, "Estimating Uncertainty for Massive Data
/// Streams" (2012); the online bootstrap of Oza and Russell (2001); percentiles as in Efron and Tibshirani, "An
/// Introduction to the Bootstrap" (1993), chapter 13.
public struct StreamingRatio: Sendable {
  /// How many times the clusters are resampled. The bounds of 2,000 replicates have a standard error of about 3 % of
  /// the interval's half width.
  public static let replicates = 2000

  /// How often something was added.
  public private(set) var n = 0
  private var numerator = 0.0
  private var denominator = 0.0
  /// Hashes of the clusters' names.
  private var seen: Set<UInt64> = []
  private var numerators = [Double](repeating: 0, count: replicates)
  private var denominators = [Double](repeating: 0, count: replicates)
  private let seed: UInt64

  /// - Parameter seed: of the weights of the replicates.
  public init(seed: UInt64 = 1) { self.seed = seed }

  /// How many clusters there are.
  public var clusters: Int { seen.count }

  /// - Precondition: `below` is not negative.
  public mutating func add(_ above: Double, over below: Double = 1, cluster: String) {
    precondition(below >= 0, "a share of \(below)")
    n += 1
    numerator += above
    denominator += below
    var random = SeededGenerator(seed: seed, session: cluster, purpose: "bootstrap")
    var name = random
    seen.insert(name.next())
    for replicate in numerators.indices {
      let weight = Self.poisson(random.next())
      guard weight > 0 else { continue }
      numerators[replicate] += weight * above
      denominators[replicate] += weight * below
    }
  }

  /// The ratio with its interval, `n` as often as something was added. There is no interval with fewer than two
  /// clusters; the ratio of nothing is 0.
  public var interval: Interval {
    let ratio = denominator > 0 ? numerator / denominator : 0
    let ratios = zip(numerators, denominators).compactMap { $1 > 0 ? $0 / $1 : nil }.sorted()
    guard clusters >= 2, let last = ratios.indices.last else {
      return Interval(ratio, nil, nil, n: n, clusters: clusters)
    }
    func quantile(_ share: Double) -> Double { ratios[Int((share * Double(last)).rounded())] }
    return Interval(ratio, quantile(0.025), quantile(0.975), n: n, clusters: clusters)
  }

  /// Poisson(1) by inversion: the cumulative probabilities e⁻¹ Σ 1/k!.
  private static func poisson(_ bits: UInt64) -> Double {
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
