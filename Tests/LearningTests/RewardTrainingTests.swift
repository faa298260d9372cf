import Checkpoints
import Foundation
import Learning
import Palimpsest
import Support
import Tensors
import Testing
import Transformers

@Suite struct `Learning from rewards` {
  static let configuration = DecoderConfiguration(
    vocabulary: 9, width: 16, innerWidth: 24, layers: 1, heads: 2, contextLength: 8)
  static let model = newborn(seed: 5)

  static func newborn(seed: UInt64) -> Decoder {
    do { return try Decoder(configuration, weights: RandomWeights(seed: seed, deviation: 0.2)) } catch {
      preconditionFailure("random weights are of any shape: \(error)")
    }
  }

  static func settings(_ rule: LearningRule = .memAgent) -> RewardSettings {
    RewardSettings(rule, TrainingSettings(Schedule(.constant, peak: 5e-3, warmUp: 4)), minibatches: 2, seed: 3)
  }

  /// Two questions with ten readings each; a reading has a draft of two tokens and an answer of one. The reward is the
  /// share of tokens that repeat the question.
  static func groups(_ model: Decoder, _ round: Int) -> [RolloutGroup] {
    (0..<2).map { number in
      let asked = 2 + (2 * round + number) % 3
      return RolloutGroup(
        (0..<10).map { rollout in
          var samples: [TrainingSample] = []
          for (purpose, limit) in [(CallID.Purpose.draft, 2), (.answer, 1)] {
            let call = CallID(
              question: "\(round).\(number)", rollout: rollout, step: purpose == .draft ? 0 : 1, purpose: purpose)
            let prompt = [1, asked, limit]
            let written = model.continuations(of: [
              GenerationRequest(Passage(prompt), limit: limit, choice: TokenChoice(), random: call.random(seed: 1))
            ])[0]
            samples.append(
              TrainingSample(
                call: call, prompt: prompt, tokens: written.tokens, mask: written.tokens.map { _ in true },
                logProbabilities: written.logProbabilities))
          }
          let right = samples.flatMap(\.tokens).count { $0 == asked }
          return Rollout(samples, reward: Double(right) / 3)
        })
    }
  }

  static func advance(_ learner: inout RewardTraining<Decoder>, to rounds: Int) throws {
    while learner.round < rounds { try learner.learn(from: groups(learner.model, learner.round)) }
  }

  @Test(arguments: ["memagent", "dapo", "dr-grpo", "reinforce", "grpo", "ppo"])
  func `raises the reward`(_ name: String) throws {
    let rule = try #require(LearningRule.named.first { $0.name == name }?.rule)
    var learner = try RewardTraining(Self.model, Self.settings(rule), on: "copying")
    try Self.advance(&learner, to: 150)
    func mean(_ rounds: ArraySlice<RewardRound>) -> Double {
      rounds.reduce(0) { $0 + $1.reward } / Double(rounds.count)
    }
    let (first, last) = (mean(learner.rounds.prefix(5)), mean(learner.rounds.suffix(5)))
    #expect(first < 0.3 && last > 0.6, "\(first) → \(last)")
  }

  /// Cut after 0, 1 and 5 rounds, it is the same file bit for bit, the reference of the divergence included.
  @Test(arguments: [0, 1, 5])
  func `takes the same course when it is resumed`(_ cut: Int) throws {
    let scratch = try Scratch()
    let (whole, parts) = (scratch.file("whole").path, scratch.file("parts").path)
    var undisturbed = try RewardTraining(Self.model, Self.settings(), on: "copying")
    try Self.advance(&undisturbed, to: 8)
    try undisturbed.write(to: whole)

    var learner = try RewardTraining(Self.model, Self.settings(), on: "copying")
    try Self.advance(&learner, to: cut)
    try learner.write(to: parts)
    let other = Self.newborn(seed: 99)
    learner = try RewardTraining(parts, of: other, Self.settings(), on: "copying")
    #expect(learner.round == cut)
    try Self.advance(&learner, to: 8)
    try learner.write(to: parts)
    #expect(try Data(contentsOf: URL(filePath: whole)) == Data(contentsOf: URL(filePath: parts)))
    #expect(learner.rounds == undisturbed.rounds)
    #expect(undisturbed.rounds.contains { $0.figures.divergence > 0 })
  }

  @Test func `counts a round without signal, and takes no step`() throws {
    var rule = LearningRule.memAgent
    rule.selection = .drop
    var learner = try RewardTraining(Self.model, Self.settings(rule), on: "copying")
    var groups = Self.groups(Self.model, 0)
    for group in groups.indices {
      for index in groups[group].rollouts.indices { groups[group].rollouts[index].reward = 1 }
    }
    let round = try learner.learn(from: groups)
    #expect(round.groups == 2 && round.kept == 0 && round.rows == 0 && round.reward == 1)
    #expect(learner.round == 1 && learner.training.step == 0)
    #expect(learner.model.parameters.map(\.tensor) == Self.model.parameters.map(\.tensor))
  }

  @Test func `learns from every conversation once`() throws {
    var learner = try RewardTraining(Self.model, Self.settings(), on: "copying")
    let round = try learner.learn(from: Self.groups(Self.model, 0))
    #expect(round.rollouts == 20 && round.rows == 40 && round.figures.tokens == 60)
    #expect(learner.training.step == 2)
    // Rollouts that share their identity cannot be told apart.
    var groups = Self.groups(Self.model, 0)
    groups[1] = groups[0]
    let before = learner.model.parameters.map(\.tensor)
    #expect(throws: LearningError.self) { try learner.learn(from: groups) }
    #expect(learner.round == 1 && learner.model.parameters.map(\.tensor) == before)
  }

  /// At the first minibatch the policy is the one that drew: ratios are 1, so drift is 0 to rounding and nothing is
  /// clipped.
  @Test func `begins where the rollouts were drawn`() throws {
    var settings = Self.settings()
    settings.minibatches = 1
    var learner = try RewardTraining(Self.model, settings, on: "copying")
    let figures = try learner.learn(from: Self.groups(Self.model, 0)).figures
    #expect(abs(figures.meanDrift) < 1e-5 && figures.clipFraction == 0 && abs(figures.meanDivergence) < 1e-6)
    #expect(figures.meanEntropy > 0 && figures.meanEntropy < 2.2)  // ln 9
  }

  /// The critic learns with the model, and takes its place in the file: cut after 3 rounds, it is the same file.
  @Test func `saves a critic with the model`() throws {
    let scratch = try Scratch()
    let (whole, parts) = (scratch.file("whole").path, scratch.file("parts").path)
    var learner = try RewardTraining(Self.model, Self.settings(.ppo), on: "copying")
    try Self.advance(&learner, to: 3)
    try learner.write(to: parts)
    try Self.advance(&learner, to: 6)
    try learner.write(to: whole)
    var resumed = try RewardTraining(parts, of: Self.newborn(seed: 99), Self.settings(.ppo), on: "copying")
    try Self.advance(&resumed, to: 6)
    try resumed.write(to: parts)
    #expect(try Data(contentsOf: URL(filePath: whole)) == Data(contentsOf: URL(filePath: parts)))
    #expect(learner.training.model.critic?.weight != ValueHead(width: 16).weight)
    #expect(learner.rounds.allSatisfy { $0.valueLoss > 0 && $0.kept == 2 })
  }

  /// A critic of zeros has δ = r at the last token alone, so Â of token t is λ^(T−t) R: by hand for three tokens of
  /// reward 1 and λ = 0.5, Â = ¼, ½, 1. REINFORCE on these is −(¼ ln p₁ + ½ ln p₂ + ln p₃)/3 under the mean over tokens.
  @Test func `begins with the discounted reward as advantage`() throws {
    var rule = LearningRule.ppo
    rule.objective.surrogate = .logProbability
    rule.critic = .init(advantages: GeneralizedAdvantages(lambda: 0.5), weight: 0)
    var settings = Self.settings(rule)
    settings.minibatches = 1
    var learner = try RewardTraining(Self.model, settings, on: "copying")
    var rollout = Self.groups(Self.model, 0)[0].rollouts[0]
    rollout.reward = 1
    try learner.learn(from: [RolloutGroup([rollout])])
    let p = rollout.samples.flatMap(\.logProbabilities).map { Double($0) }
    let wanted = -(0.25 * p[0] + 0.5 * p[1] + p[2]) / 3
    #expect(abs(Double(learner.training.history[0].loss) - wanted) < 1e-5)
  }

  /// Gradients of the parts of a minibatch are added: the same step but for the rounding of sums.
  @Test(arguments: [LearningRule.memAgent, .ppo])
  func `computes minibatches in parts`(_ rule: LearningRule) throws {
    var settings = Self.settings(rule)
    var learners = try [nil, 3, 7].map { parts in
      settings.microbatches = parts
      return try RewardTraining(Self.model, settings, on: "copying")
    }
    for index in learners.indices { try learners[index].learn(from: Self.groups(Self.model, 0)) }
    let norms = learners.map(\.rounds[0].norm), drifts = learners.map(\.rounds[0].figures.drift)
    for index in [1, 2] {
      // Sums of 60 terms in 32 bits, in another order.
      #expect(abs(norms[index] - norms[0]) < 1e-4 * norms[0] && abs(drifts[index] - drifts[0]) < 1e-3)
      #expect(learners[index].rounds[0].figures.tokens == 60)
    }
  }

  @Test func `refuses other settings and other files`() throws {
    var rule = LearningRule.ppo
    rule.selection = .drop
    #expect(throws: LearningError.self) { try RewardTraining(Self.model, Self.settings(rule), on: "copying") }
    var none = Self.settings()
    none.microbatches = 0
    #expect(throws: LearningError.self) { try RewardTraining(Self.model, none, on: "copying") }
    let scratch = try Scratch()
    let file = scratch.file("learner").path
    try RewardTraining(Self.model, Self.settings(), on: "copying").write(to: file)
    #expect(throws: LearningError.self) {
      try RewardTraining(file, of: Self.model, Self.settings(.gruMem), on: "copying")
    }
    #expect(throws: LearningError.self) { try RewardTraining(file, of: Self.model, Self.settings(), on: "other") }
    try Training(Self.model, Self.settings().training, on: "copying").write(to: file)
    #expect(throws: (any Error).self) { try RewardTraining(file, of: Self.model, Self.settings(), on: "copying") }
  }
}
