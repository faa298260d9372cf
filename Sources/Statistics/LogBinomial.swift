import Foundation
import Palimpsest

/// The law of a memory that loses a fixed share at every step: acc(K) = a · ρ^K, fitted by maximum likelihood.
///
/// A straight line through the logarithms of accuracies would leave out every length at which nothing was right, and count
/// a length with few questions as much as one with many. The likelihood of right and wrong answers uses all of them:
/// scores s at K contribute s · log p + (1 - s) · log(1 - p) with log p = log a + K log ρ, both logarithms at most 0.
/// It is concave in the two, so the fit is unique. Intervals are those of the profile likelihood, which suppose that
/// questions are independent.
public struct LogBinomial: Sendable {
  private struct Group {
    var n = 0.0
    var right = 0.0
  }

  private var groups: [Double: Group] = [:]
  /// Scores added so far.
  public private(set) var n = 0

  /// No scores.
  public init() {}

  /// - Parameters:
  ///   - score: within 0...1; what lies outside is taken as the nearer bound.
  ///   - steps: K, at least 0.
  public mutating func add(_ score: Double, steps: Double) {
    groups[max(0, steps), default: Group()].n += 1
    groups[max(0, steps), default: Group()].right += min(max(score, 0), 1)
    n += 1
  }

  /// What was fitted.
  public struct Fit: Sendable, Hashable {
    /// Accuracy before the first step.
    public var start: Double
    /// What is kept of the accuracy at each step.
    public var ratio: Interval
    /// Twice the difference of log likelihoods to a model with an accuracy of its own at each K; small is good.
    public var deviance: Double
    /// Different K minus two: a deviance far above it says that the law does not hold.
    public var freedom: Int
  }

  /// The fit; nil where there are fewer than two different K, or nothing was right.
  public var fit: Fit? {
    guard groups.count >= 2, groups.values.contains(where: { $0.right > 0 }) else { return nil }
    let most = groups.keys.max() ?? 1
    // From log ρ = 0 down to where not even one in 10^12 is left at the next K.
    let next = groups.keys.filter { $0 > 0 }.min() ?? most
    let lowest = -28 / next
    let best = Self.maximum(in: lowest...0) { profile($0) }
    let top = profile(best)
    // χ² of one degree of freedom at 95 %.
    func isInside(_ slope: Double) -> Bool { profile(slope) >= top - 3.841458820694124 / 2 }
    let low = isInside(lowest) ? lowest : Self.border(from: best, to: lowest, isInside)
    let high = isInside(0) ? 0 : Self.border(from: best, to: 0, isInside)
    return Fit(
      start: exp(intercept(best)), ratio: Interval(exp(best), exp(low), exp(high), n: n),
      deviance: max(0, 2 * (saturated - top)), freedom: groups.count - 2)
  }

  /// The log likelihood at a slope, with the best intercept for it.
  private func profile(_ slope: Double) -> Double { likelihood(intercept(slope), slope) }

  /// The derivative in the intercept falls, so its root is bisected.
  private func intercept(_ slope: Double) -> Double {
    func derivative(_ intercept: Double) -> Double {
      groups.reduce(0) { sum, group in
        let p = Self.probability(intercept + group.key * slope)
        return sum + group.value.right - (group.value.n - group.value.right) * p / (1 - p)
      }
    }
    var (low, high) = (-60.0, 0.0)
    guard derivative(high) < 0 else { return high }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if derivative(middle) > 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private func likelihood(_ intercept: Double, _ slope: Double) -> Double {
    groups.reduce(0) { sum, group in
      let logarithm = intercept + group.key * slope
      let wrong = group.value.n - group.value.right
      // 0 · log 0 is 0.
      return sum + (group.value.right > 0 ? group.value.right * logarithm : 0)
        + (wrong > 0 ? wrong * log1p(-Self.probability(logarithm)) : 0)
    }
  }

  private var saturated: Double {
    groups.values.reduce(0) { sum, group in
      let p = group.right / group.n
      return sum + (p > 0 ? group.right * log(p) : 0) + (p < 1 ? (group.n - group.right) * log1p(-p) : 0)
    }
  }

  /// Never quite 1, whose complement has no logarithm.
  private static func probability(_ logarithm: Double) -> Double { min(exp(logarithm), 1 - 0x1p-53) }

  /// Golden sections of a concave function.
  private static func maximum(in range: ClosedRange<Double>, _ value: (Double) -> Double) -> Double {
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (range.lowerBound, range.upperBound)
    var (left, right) = (high - golden * (high - low), low + golden * (high - low))
    var (atLeft, atRight) = (value(left), value(right))
    for _ in 0..<200 where high - low > 1e-15 {
      if atLeft > atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - golden * (high - low)
        atLeft = value(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + golden * (high - low)
        atRight = value(right)
      }
    }
    let middle = (low + high) / 2
    return value(range.upperBound) >= value(middle) ? range.upperBound : middle
  }

  /// The last place inside on the way from one inside to one outside.
  private static func border(from inside: Double, to outside: Double, _ isInside: (Double) -> Bool) -> Double {
    var (inside, outside) = (inside, outside)
    for _ in 0..<200 {
      let middle = (inside + outside) / 2
      if isInside(middle) { inside = middle } else { outside = middle }
    }
    return inside
  }
}
