import Palimpsest
import Tensors
import Transformers

/// A critic beside a policy: a linear map from the hidden state before a token to the value of being there.
public struct ValueHead: Parameterized, Sendable, Hashable {
  /// [width].
  public var weight: Tensor
  /// [].
  public var bias: Tensor

  /// All values are 0 at first.
  public init(width: Int) {
    weight = Tensor(zeros: [width])
    bias = Tensor(0)
  }

  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("value.weight", &weight)
    visit("value.bias", &bias)
  }

  /// [tokens, width] → [tokens].
  public func values(of hidden: Tensor) -> Tensor {
    let products = hidden.product(transposed: weight.reshaped(1, weight.count))
    return products.reshaped(hidden.shape[0]) + bias
  }

  /// The critic's loss on values, shape []: Σ w · term.
  ///
  /// - Parameters:
  ///   - values: [tokens].
  ///   - old: the values when the tokens were drawn.
  ///   - targets: the returns.
  ///   - weights: per token.
  public static func loss(
    _ values: Tensor, old: [Double], targets: [Double], weights: [Double], objective: ValueObjective
  ) -> Tensor {
    let now = values.scalars
    precondition(
      now.count == old.count && old.count == targets.count && targets.count == weights.count,
      "\(now.count) values, \(old.count) old ones, \(targets.count) returns, \(weights.count) weights")
    var (loss, slopes): (Double, [Float]) = (0, [])
    for token in now.indices {
      let term = objective.value(Double(now[token]), old: old[token], target: targets[token])
      loss += weights[token] * term.loss
      slopes.append(Float(weights[token] * term.slope))
    }
    let seed = Tensor(slopes)
    return Tensor(Float(loss)).recorded(from: values) { seed * $0.scalar }
  }
}

/// A policy and its critic, learned together; without a critic, the policy alone.
public struct ActorCritic<Actor: SequenceModel>: Parameterized, Sendable {
  /// Draws the tokens.
  public var actor: Actor
  /// Judges the places at which they were drawn; nil where rollouts are compared instead.
  public var critic: ValueHead?

  /// With a critic that gives 0 everywhere, unless there is to be none.
  public init(_ actor: Actor, hasCritic: Bool = true) {
    self.actor = actor
    critic = hasCritic ? ValueHead(width: actor.backbone.width) : nil
  }

  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    actor.forEachParameter(visit)
    critic?.forEachParameter(visit)
  }
}

extension Rollout {
  /// The drawn tokens' advantages and returns under a critic, sample by sample. The reward stands at the last
  /// drawn token of the trajectory, and a turn's reward at the last drawn token of the turn's last call.
  ///
  /// - Parameter values: per sample, the critic's value before each drawn token.
  /// - Precondition: as many values as drawn tokens.
  public func advantages(
    _ rule: GeneralizedAdvantages, values: [[Double]]
  ) -> (advantages: [[Double]], returns: [[Double]]) {
    let counts = samples.map { $0.mask.count(where: \.self) }
    precondition(values.map(\.count) == counts, "values for \(values.map(\.count)) tokens of \(counts)")
    var rewards = [Double](repeating: 0, count: counts.reduce(0, +))
    var ends: [Int: Int] = [:]
    var end = 0
    for (sample, count) in zip(samples, counts) {
      end += count
      if sample.call.purpose == .draft, count > 0 { ends[sample.call.step] = end - 1 }
    }
    for (step, reward) in turnRewards { if let place = ends[step] { rewards[place] += reward } }
    if !rewards.isEmpty { rewards[rewards.count - 1] += reward }
    let flat = rule.advantages(rewards: rewards, values: values.flatMap { $0 })
    var start = 0
    let spans = counts.map { count in
      defer { start += count }
      return start..<(start + count)
    }
    return (spans.map { Array(flat.advantages[$0]) }, spans.map { Array(flat.returns[$0]) })
  }
}
