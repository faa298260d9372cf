import Palimpsest

/// Advantages of the tokens of one trajectory from a critic's values: generalised advantage estimation.
///
///     δ_t = r_t + γ·V_{t+1} − V_t          Â_t = δ_t + γλ·Â_{t+1}          V behind the last token is 0
///
/// The tokens of all conversations of a trajectory are one sequence, in the order in which they were drawn: the
/// reward of the answer reaches the drafts through the values between them.
///
/// Source: arXiv:1506.02438.
public struct GeneralizedAdvantages: Sendable, Codable, Hashable {
  /// γ, 0...1.
  public var discount: Double
  /// λ, 0...1: 0 trusts the critic, 1 the rewards.
  public var lambda: Double

  /// Without discount, as language models are trained, and λ = 0.95 unless told otherwise.
  public init(discount: Double = 1, lambda: Double = 0.95) {
    self.discount = discount
    self.lambda = lambda
  }

  /// - Parameters:
  ///   - rewards: of each token; usually 0 but for the last.
  ///   - values: the critic's, before each token is drawn.
  /// - Returns: Â of each token, and Â + V: what the critic learns.
  /// - Precondition: as many of both.
  public func advantages(rewards: [Double], values: [Double]) -> (advantages: [Double], returns: [Double]) {
    precondition(rewards.count == values.count, "\(rewards.count) rewards and \(values.count) values")
    var advantages = [Double](repeating: 0, count: rewards.count)
    var (next, value) = (0.0, 0.0)
    for token in rewards.indices.reversed() {
      let error = rewards[token] + discount * value - values[token]
      next = error + discount * lambda * next
      value = values[token]
      advantages[token] = next
    }
    return (advantages, zip(advantages, values).map(+))
  }
}

/// The critic's loss: half the squared distance to the return, where a move of more than `clip` from the old
/// value earns nothing.
///
///     w · ½ max( (V − R)², (clip(V, V_old ± ε) − R)² )
///
/// Source: the released code of PPO (arXiv:1707.06347).
public struct ValueObjective: Sendable, Codable, Hashable {
  /// ε of the values; nil does not clip.
  public var clip: Double?

  /// Values move by at most 0.2 a step of rollouts unless told otherwise.
  public init(clip: Double? = 0.2) { self.clip = clip }

  /// The loss and its derivative by the value, for one token of weight 1.
  public func value(_ value: Double, old: Double, target: Double) -> (loss: Double, slope: Double) {
    let free = (value - target) * (value - target) / 2
    guard let clip else { return (free, value - target) }
    let clipped = min(max(value, old - clip), old + clip)
    let held = (clipped - target) * (clipped - target) / 2
    return held > free ? (held, 0) : (free, value - target)
  }
}
