import Palimpsest

/// A named way to learn from rewards: how advantages, loss and groups are made.
public struct LearningRule: Sendable, Codable, Hashable {
  /// How rewards become advantages, where there is no critic.
  public var advantages: GroupAdvantages
  /// How log-probabilities become a loss.
  public var objective: PolicyObjective
  /// Which groups are learned from.
  public var selection: GroupSelection.Rule
  /// With a critic, advantages come from its values; nil has none.
  public var critic: Critic?

  /// A value head beside the policy.
  public struct Critic: Sendable, Codable, Hashable {
    /// How values become advantages.
    public var advantages: GeneralizedAdvantages
    /// How values become a loss.
    public var objective: ValueObjective
    /// Weight of the critic's loss beside the policy's.
    public var weight: Double

    /// PPO's defaults.
    public init(
      advantages: GeneralizedAdvantages = GeneralizedAdvantages(), objective: ValueObjective = ValueObjective(),
      weight: Double = 0.5
    ) {
      self.advantages = advantages
      self.objective = objective
      self.weight = weight
    }
  }

  /// All groups are learned from, without a critic, unless told otherwise.
  public init(
    advantages: GroupAdvantages, objective: PolicyObjective, selection: GroupSelection.Rule = .all,
    critic: Critic? = nil
  ) {
    self.advantages = advantages
    self.objective = objective
    self.selection = selection
    self.critic = critic
  }

  /// The groups that are learned from: those with a signal, unless the rule takes all.
  func kept(of groups: [RolloutGroup]) -> [RolloutGroup] {
    selection == .all ? groups : groups.filter { $0.hasSignal(advantages) }
  }

  /// GRPO (arXiv:2402.03300): divided by the deviation, the mean per conversation, β = 0.04.
  public static let grpo = LearningRule(
    advantages: GroupAdvantages(dividesByDeviation: true),
    objective: PolicyObjective(divergenceWeight: 0.04, aggregation: .conversations))

  /// DAPO (arXiv:2503.14476): clip-higher 0.2/0.28, the mean over tokens, dynamic sampling, no divergence.
  /// Its soft penalty of long replies is a reward: `LengthVerifier`.
  public static let dapo = LearningRule(
    advantages: GroupAdvantages(dividesByDeviation: true), objective: PolicyObjective(clipHigh: 0.28),
    selection: .refill)

  /// Dr. GRPO (arXiv:2503.20783): neither deviation nor reply length divides, no divergence.
  public static let drGRPO = LearningRule(
    advantages: GroupAdvantages(), objective: PolicyObjective(aggregation: .trajectories))

  /// REINFORCE (Williams 1992): reward times ln π, no baseline.
  public static let reinforce = LearningRule(
    advantages: GroupAdvantages(baseline: .none),
    objective: PolicyObjective(surrogate: .logProbability, aggregation: .trajectories))

  /// PPO (arXiv:1707.06347) with a value head; the dual clip and the mean over tokens as in verl.
  public static let ppo = LearningRule(
    advantages: GroupAdvantages(baseline: .none), objective: PolicyObjective(dualClip: 3), critic: Critic())

  /// Multi-conversation DAPO as the released scripts of MemAgent (arXiv:2507.02259) set it: no deviation, the
  /// mean over all tokens of all conversations, 0.2/0.2 (clip-higher is off), dual clip 3, β = 0.001 with k3.
  public static let memAgent = LearningRule(
    advantages: GroupAdvantages(), objective: PolicyObjective(dualClip: 3, divergenceWeight: 0.001))

  /// MemAgent's with the turn rewards of GRU-Mem (arXiv:2602.10560), α = 0.9.
  public static let gruMem = LearningRule(
    advantages: GroupAdvantages(alpha: 0.9), objective: PolicyObjective(dualClip: 3, divergenceWeight: 0.001))

  /// All by name.
  public static let named: [(name: String, rule: LearningRule)] = [
    ("grpo", grpo), ("dapo", dapo), ("dr-grpo", drGRPO), ("reinforce", reinforce), ("ppo", ppo),
    ("memagent", memAgent), ("gru-mem", gruMem),
  ]
}
