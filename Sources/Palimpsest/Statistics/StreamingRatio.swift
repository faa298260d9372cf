/// A ratio of two sums with a 95 % interval over clusters: nats per token, bits per byte, where parts of one
/// block of text are not independent of each other.
///
/// Clusters are resampled as by `StreamingMean`, numerator and denominator together, so that blocks of
/// different sizes keep their weights.
public struct StreamingRatio: Sendable {
  /// How often something was added.
  public private(set) var n = 0
  private var numerator = 0.0
  private var denominator = 0.0
  private var numerators: [Double]
  private var denominators: [Double]
  private let seed: UInt64

  /// - Precondition: at least 40 replicates.
  public init(replicates: Int = 1000, seed: UInt64 = 1) {
    precondition(replicates >= 40, "\(replicates) replicates cannot show a 2.5 % tail")
    numerators = Array(repeating: 0, count: replicates)
    denominators = numerators
    self.seed = seed
  }

  /// - Precondition: `below` is not negative.
  public mutating func add(_ above: Double, over below: Double, cluster: String) {
    precondition(below >= 0, "a share of \(below)")
    n += 1
    numerator += above
    denominator += below
    var random = SeededGenerator(seed: seed, session: cluster, purpose: "bootstrap")
    for replicate in numerators.indices {
      let weight = StreamingMean.poisson(random.next())
      guard weight > 0 else { continue }
      numerators[replicate] += weight * above
      denominators[replicate] += weight * below
    }
  }

  /// The ratio and its interval, `n` as often as something was added; 0 [0, 0] of nothing.
  public var interval: Interval {
    guard denominator > 0 else { return Interval(0, 0, 0, n: n) }
    let ratio = numerator / denominator
    let ratios = zip(numerators, denominators).compactMap { $1 > 0 ? $0 / $1 : nil }.sorted()
    guard let last = ratios.indices.last else { return Interval(ratio, ratio, ratio, n: n) }
    func quantile(_ share: Double) -> Double { ratios[Int((share * Double(last)).rounded())] }
    return Interval(ratio, quantile(0.025), quantile(0.975), n: n)
  }
}
