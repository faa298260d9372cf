import Basics
import Palimpsest

/// One reading of a question with its rewards: a trajectory as a learner sees it.
public struct Rollout: Sendable, Codable, Hashable {
  /// R of the trajectory.
  public var reward: Double
  /// Rewards of single turns, by the index of the chunk.
  public var turnRewards: [Int: Double]
  /// Its conversations, in the order of the calls.
  public var samples: [TrainingSample]
  /// What is to be logged of it, by name: parts of the reward (`outcome`, `exit`, `format`), the tokens of the last
  /// page (`page`), shares of open gates. Nothing is learned from it.
  public var measures: [String: Double]

  /// Without turn rewards the trajectory is judged as a whole.
  public init(
    _ samples: [TrainingSample], reward: Double, turnRewards: [Int: Double] = [:], measures: [String: Double] = [:]
  ) {
    self.samples = samples
    self.reward = reward
    self.turnRewards = turnRewards
    self.measures = measures
  }

  /// - Parameters:
  ///   - verdict: its score is the reward of the trajectory.
  ///   - turns: its credits are the rewards of the turns, as `GateVerifier` gives them; nil for none.
  /// - Throws: `SampleError` where the trace was not recorded for learning.
  public init(_ trace: Trace, verdict: Verdict, turns: Verdict? = nil) throws {
    self.init(try trace.samples(), reward: verdict.score, turnRewards: turns?.credits ?? [:])
  }
}

/// The rollouts of one question, among which rewards are compared.
public struct RolloutGroup: Sendable, Codable, Hashable {
  /// G readings of the same question.
  public var rollouts: [Rollout]

  /// Readings of one question.
  public init(_ rollouts: [Rollout]) { self.rollouts = rollouts }

  /// The conversations of all rollouts with their advantages: rollout by rollout, in the order of the calls.
  ///
  /// Every conversation of a trajectory gets the trajectory's advantage. A draft also gets its turn's share;
  /// an answer has no turn reward.
  public func samples(_ advantages: GroupAdvantages) -> [TrainingSample] {
    let trajectories = advantages.trajectory(rollouts.map(\.reward))
    let turns = advantages.turns(rollouts.map(\.turnRewards))
    return rollouts.indices.flatMap { index in
      rollouts[index].samples.map { sample in
        var sample = sample
        let turn = sample.call.purpose == .draft ? turns[index][sample.call.step] : nil
        sample.advantage = Float(advantages.mixed(trajectory: trajectories[index], turn: turn))
        return sample
      }
    }
  }

  /// Whether some conversation has an advantage other than 0. A group of equal rewards has none: it teaches
  /// nothing, and gives a gradient of the divergence alone.
  public func hasSignal(_ advantages: GroupAdvantages) -> Bool {
    samples(advantages).contains { $0.advantage != 0 }
  }
}

extension RolloutGroup {
  /// A hash of what is learned from: rewards, prompts, tokens and their log-probabilities; in hexadecimal digits.
  static func fingerprint(of groups: [RolloutGroup]) -> String {
    var hash = FNV1a()
    func mix(_ numbers: [Int]) {
      hash.mix(UInt64(numbers.count))
      for number in numbers { hash.mix(UInt64(bitPattern: Int64(number))) }
    }
    for rollout in groups.flatMap(\.rollouts) {
      hash.mix(rollout.reward.bitPattern)
      for (turn, reward) in rollout.turnRewards.sorted(by: { $0.key < $1.key }) {
        hash.mix(UInt64(bitPattern: Int64(turn)))
        hash.mix(reward.bitPattern)
      }
      for sample in rollout.samples {
        hash.mix(FNV1a.hash(of: "\(sample.call)"))
        mix(sample.prompt)
        mix(sample.tokens)
        for (drawn, probability) in zip(sample.mask, sample.logProbabilities) {
          hash.mix(UInt64(probability.bitPattern) << 1 | (drawn ? 1 : 0))
        }
      }
    }
    return String(hash.hash, radix: 16)
  }
}
