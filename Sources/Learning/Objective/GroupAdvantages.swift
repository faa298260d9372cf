import Palimpsest

/// Turns the rewards of the rollouts of one question into advantages.
///
/// The advantage of a trajectory is its reward minus the mean of its group; GRPO also divides by the
/// standard deviation. With turn rewards, each turn has a baseline of its own: the mean over the rollouts
/// that were still reading at that turn. Both are mixed by α:
///
///     Â = α·Â^traj + (1 − α)·Â^turn
///
/// Everything is computed on one record per trajectory, before the trajectory is expanded to its
/// conversations; a long trajectory therefore weighs no more in the mean than a short one.
///
/// Source: GRPO (arXiv:2402.03300), without the deviation Dr. GRPO (arXiv:2503.20783) and Eq. 4 of MemAgent
/// (arXiv:2507.02259); turns and α: GRU-Mem (arXiv:2602.10560), Eq. 12 and 13.
public struct GroupAdvantages: Sendable, Codable, Hashable {
  /// What is subtracted from a reward.
  public enum Baseline: String, Choice {
    /// The mean reward of the group; 0 for a group of one.
    case mean
    /// Nothing: the reward is the advantage.
    case none
  }

  /// What is subtracted from a reward.
  public var baseline: Baseline
  /// Whether the difference is divided by the sample standard deviation of the group (n − 1) plus 1e-6.
  public var dividesByDeviation: Bool
  /// Weight of the trajectory's advantage, 0...1; the turn's advantage has the rest. 1 ignores turn rewards.
  public var alpha: Double

  /// The mean of the group, without deviation and turn rewards, unless told otherwise.
  public init(baseline: Baseline = .mean, dividesByDeviation: Bool = false, alpha: Double = 1) {
    self.baseline = baseline
    self.dividesByDeviation = dividesByDeviation
    self.alpha = alpha
  }

  /// Â_i for each reward of a group. Equal rewards give exactly 0 under the mean.
  public func trajectory(_ rewards: [Double]) -> [Double] {
    guard rewards.count > 1, baseline == .mean else { return rewards }
    guard rewards.contains(where: { $0 != rewards[0] }) else { return rewards.map { _ in 0 } }
    let mean = rewards.reduce(0, +) / Double(rewards.count)
    let differences = rewards.map { $0 - mean }
    guard dividesByDeviation else { return differences }
    let variance = differences.reduce(0) { $0 + $1 * $1 } / Double(rewards.count - 1)
    return differences.map { $0 / (variance.squareRoot() + 1e-6) }
  }

  /// Â^turn for each turn reward: the reward minus the mean over the rollouts that have one at this step.
  ///
  /// A rollout that exited has no reward at later steps and does not count there. A step that a single
  /// rollout reached gives 0.
  ///
  /// - Parameter rewards: per rollout, the reward of each step.
  public func turns(_ rewards: [[Int: Double]]) -> [[Int: Double]] {
    var sums: [Int: (total: Double, count: Int)] = [:]
    for (step, reward) in rewards.joined() {
      sums[step, default: (0, 0)].total += reward
      sums[step, default: (0, 0)].count += 1
    }
    return rewards.map { turns in
      var advantages: [Int: Double] = [:]
      for (step, reward) in turns {
        let sum = sums[step] ?? (reward, 1)
        advantages[step] = reward - sum.total / Double(sum.count)
      }
      return advantages
    }
  }

  /// α·Â^traj + (1 − α)·Â^turn. A turn without a reward of its own, such as the answer, has α·Â^traj.
  public func mixed(trajectory: Double, turn: Double?) -> Double {
    alpha * trajectory + (1 - alpha) * (turn ?? 0)
  }
}
