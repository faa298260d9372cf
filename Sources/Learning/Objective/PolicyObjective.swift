import Foundation
import Palimpsest

/// The loss of a batch of conversations as a function of the log-probabilities of their drawn tokens, with
/// its exact gradient.
///
/// It is the negative of the objective to be maximised,
///
///     J = Σ w · ( min(r·Â, clip(r, 1 − ε_low, 1 + ε_high)·Â) − β·D )       r = π_θ / π_old
///
/// with the weights w of `Aggregation` and the estimate D of `Divergence`. Where Â < 0 and `dualClip` is c,
/// the minimum is not below c·Â. The bonus for entropy needs whole distributions and is added by
/// `Backbone.loss(on:rows:weights:objective:)`.
///
/// Source: PPO (arXiv:1707.06347); clip-higher: DAPO (arXiv:2503.14476); dual clip: arXiv:1912.09729.
public struct PolicyObjective: Sendable, Codable, Hashable {
  /// What is multiplied with the advantage.
  public enum Surrogate: String, Choice {
    /// The clipped ratio of PPO.
    case clipped
    /// ln π_θ: the gradient of REINFORCE.
    case logProbability
  }

  /// What is multiplied with the advantage.
  public var surrogate: Surrogate
  /// ε_low.
  public var clipLow: Double
  /// ε_high; above `clipLow` it is clip-higher.
  public var clipHigh: Double
  /// c > 1, the factor below which a negative advantage does not push; nil for none.
  public var dualClip: Double?
  /// β, the weight of the divergence from the reference; 0 needs no reference.
  public var divergenceWeight: Double
  /// The estimate of the divergence.
  public var divergence: Divergence
  /// The weight of the mean entropy, which is added to the objective.
  public var entropyWeight: Double
  /// How tokens become one number.
  public var aggregation: Aggregation
  /// The rows over which the aggregation is taken.
  public var scope: AggregationScope

  /// PPO's clipping of 0.2 on both sides and the mean over tokens unless told otherwise.
  public init(
    surrogate: Surrogate = .clipped, clipLow: Double = 0.2, clipHigh: Double = 0.2, dualClip: Double? = nil,
    divergenceWeight: Double = 0, divergence: Divergence = .k3, entropyWeight: Double = 0,
    aggregation: Aggregation = .tokens, scope: AggregationScope = .step
  ) {
    self.surrogate = surrogate
    self.clipLow = clipLow
    self.clipHigh = clipHigh
    self.dualClip = dualClip
    self.divergenceWeight = divergenceWeight
    self.divergence = divergence
    self.entropyWeight = entropyWeight
    self.aggregation = aggregation
    self.scope = scope
  }

  /// The loss for given log-probabilities.
  ///
  /// - Parameters:
  ///   - current: per row, ln π_θ of each drawn token.
  ///   - rows: what the loss compares them with.
  ///   - weights: per row, the weight of each token, as `Aggregation.weights(of:)` gives them.
  /// - Precondition: one list per row, one number per token; rows have a reference where `divergenceWeight`
  ///   is not 0.
  public func evaluate(_ current: [[Float]], rows: [ObjectiveRow], weights: [Double]) -> Evaluation {
    precondition(
      current.map(\.count) == rows.map(\.old.count) && weights.count == rows.count,
      "log-probabilities of \(current.map(\.count)) tokens and \(weights.count) weights for rows of "
        + "\(rows.map(\.old.count))")
    var result = Evaluation()
    for (index, row) in rows.enumerated() {
      var slopes: [Float] = []
      slopes.reserveCapacity(row.old.count)
      for token in row.old.indices {
        let term = term(current[index][token], token, of: row, counting: &result.figures)
        result.loss -= weights[index] * term.value
        slopes.append(Float(-weights[index] * term.slope))
      }
      result.slopes.append(slopes)
    }
    return result
  }

  /// The term of one token, and its derivative by ln π_θ.
  private func term(
    _ current: Float, _ token: Int, of row: ObjectiveRow, counting figures: inout ObjectiveFigures
  ) -> (value: Double, slope: Double) {
    let (now, old) = (Double(current), Double(row.old[token]))
    let advantage = Double(row.advantages[token])
    figures.tokens += 1
    figures.drift += old - now
    var (value, slope) = (advantage * now, advantage)
    if surrogate == .clipped {
      let ratio = exp(now - old)
      let clipped = min(max(ratio, 1 - clipLow), 1 + clipHigh)
      (value, slope) = (ratio * advantage, ratio * advantage)
      if clipped * advantage < value {
        (value, slope) = (clipped * advantage, 0)
        if advantage > 0 { figures.clippedHigh += 1 } else { figures.clippedLow += 1 }
      }
      if let dualClip, advantage < 0, value < dualClip * advantage {
        (value, slope) = (dualClip * advantage, 0)
        figures.dualClipped += 1
      }
    }
    guard let reference = row.reference else {
      precondition(divergenceWeight == 0, "a row without reference, and a divergence of weight \(divergenceWeight)")
      return (value, slope)
    }
    let estimate = divergence.value(now, reference: Double(reference[token]))
    figures.divergence += estimate.value
    return (value - divergenceWeight * estimate.value, slope - divergenceWeight * estimate.slope)
  }

  /// A loss, and what it was made of.
  public struct Evaluation: Sendable {
    /// To be minimised; without the entropy.
    public var loss = 0.0
    /// Its derivative by each log-probability, row by row.
    public var slopes: [[Float]] = []
    /// Counts and sums over the tokens.
    public var figures = ObjectiveFigures()
  }
}

/// What the loss compares a conversation's log-probabilities with: its drawn tokens alone.
public struct ObjectiveRow: Sendable, Hashable {
  /// ln π_old of each drawn token.
  public var old: [Float]
  /// Â of each drawn token.
  public var advantages: [Float]
  /// ln π_ref of each drawn token, where there is a reference.
  public var reference: [Float]?
  /// The trajectory it belongs to: `Trace.id`.
  public var trajectory: String

  /// - Precondition: as many advantages, and references where there are any, as tokens.
  public init(old: [Float], advantages: [Float], reference: [Float]? = nil, trajectory: String = "") {
    precondition(
      advantages.count == old.count && reference?.count ?? old.count == old.count,
      "\(old.count) tokens with \(advantages.count) advantages and \(reference?.count ?? old.count) references")
    self.old = old
    self.advantages = advantages
    self.reference = reference
    self.trajectory = trajectory
  }

  /// The drawn tokens of a sample, each with the sample's advantage.
  public init(_ sample: TrainingSample, reference: [Float]? = nil) {
    let old = zip(sample.logProbabilities, sample.mask).filter(\.1).map(\.0)
    self.init(
      old: old, advantages: Array(repeating: sample.advantage, count: old.count), reference: reference,
      trajectory: Trace.id(of: sample.call.question, rollout: sample.call.rollout))
  }
}

/// Counts and sums over the tokens of a loss; they add up over minibatches.
public struct ObjectiveFigures: Sendable, Codable, Hashable {
  /// Drawn tokens.
  public var tokens = 0
  /// Tokens of a positive advantage whose ratio was clipped at 1 + ε_high.
  public var clippedHigh = 0
  /// Tokens of a negative advantage whose ratio was clipped at 1 − ε_low.
  public var clippedLow = 0
  /// Tokens of a negative advantage that were held at c·Â.
  public var dualClipped = 0
  /// Sum of ln π_old − ln π_θ: how far the policy has moved since the rollouts (k1).
  public var drift = 0.0
  /// Sum of the estimates of KL(π_θ‖π_ref); 0 without a reference.
  public var divergence = 0.0
  /// Sum of the entropies, in nats; 0 where they were not computed.
  public var entropy = 0.0

  /// All 0.
  public init() {}

  /// In a fixed order, as microbatches add them up; counts are exact up to 2^53.
  var numbers: [Double] {
    [Double(tokens), Double(clippedHigh), Double(clippedLow), Double(dualClipped), drift, divergence, entropy]
  }

  init(_ numbers: [Double]) {
    precondition(numbers.count == 7, "\(numbers.count) figures")
    (tokens, clippedHigh, clippedLow) = (Int(numbers[0]), Int(numbers[1]), Int(numbers[2]))
    (dualClipped, drift, divergence, entropy) = (Int(numbers[3]), numbers[4], numbers[5], numbers[6])
  }

  /// Share of tokens whose ratio was clipped on either side or held by the dual clip.
  public var clipFraction: Double { share(Double(clippedHigh + clippedLow + dualClipped)) }
  /// Mean of ln π_old − ln π_θ.
  public var meanDrift: Double { share(drift) }
  /// Mean estimate of KL(π_θ‖π_ref).
  public var meanDivergence: Double { share(divergence) }
  /// Mean entropy, in nats.
  public var meanEntropy: Double { share(entropy) }

  /// Of a count of tokens, its share.
  func share(_ count: Int) -> Double { share(Double(count)) }
  private func share(_ sum: Double) -> Double { tokens == 0 ? 0 : sum / Double(tokens) }

  /// The figures of both.
  public static func += (a: inout ObjectiveFigures, b: ObjectiveFigures) {
    a.tokens += b.tokens
    a.clippedHigh += b.clippedHigh
    a.clippedLow += b.clippedLow
    a.dualClipped += b.dualClipped
    a.drift += b.drift
    a.divergence += b.divergence
    a.entropy += b.entropy
  }
}
