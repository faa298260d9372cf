import Foundation
import Learning
import OpenMPI
import Palimpsest
import Tensors
import Transformers

/// Trains a tiny decoder and writes what came of it, which a test compares byte by byte: alone, or with the trait MPI
/// and under `mpirun` together with others.
///
///     GroupTrainer FILE [dies | refuses | differs | other-weights]
///
/// FILE.supervised is written after five steps of four microbatches, FILE.rewarded after four rounds of rollouts. With a
/// second word, process 1 kills itself, throws, has another rate, or begins with other weights.
@main struct GroupTrainer {
  static func main() async throws {
    #if MPI
      try await MPIGroup.run { group in try train(group) }
    #else
      try train(OneProcess())
    #endif
  }

  static func train(_ group: some ProcessGroup) throws {
    let file = CommandLine.arguments.dropFirst().first ?? "trainer"
    let fault = group.rank == 1 ? CommandLine.arguments.dropFirst(2).first : nil
    let configuration = DecoderConfiguration(
      vocabulary: 9, width: 16, innerWidth: 24, layers: 1, heads: 2, contextLength: 8)
    let model = try Decoder(
      configuration, weights: RandomWeights(seed: fault == "other-weights" ? 6 : 5, deviation: 0.2))
    let settings = TrainingSettings(Schedule(.constant, peak: fault == "differs" ? 4e-3 : 5e-3, warmUp: 4))

    var training = Training(model, settings, on: "numbers")
    try training.join(group)
    for _ in 0..<5 {
      if fault == "dies", training.step == 3 { kill(getpid(), SIGKILL) }
      try training.learn(microbatches: 4) { model, step, number in
        if fault == "refuses", step == 3 { throw LearningError.unfit("a batch", found: "none", reason: "refused") }
        return model.loss(on: (0..<3).map { row in (0..<6).map { (step + 2 * number + row * $0) % 9 } }) / 4
      }
    }
    if group.isFirst { try training.write(to: "\(file).supervised") }

    var learner = try RewardTraining(
      model, RewardSettings(.memAgent, settings, minibatches: 2, microbatches: 3), on: "copying")
    try learner.join(group)
    while learner.round < 4 {
      let (model, round) = (learner.model, learner.round)
      let groups = try group.divided(3, as: "rollouts") { share in rollouts(of: model, round: round, share: share) }
      try learner.learn(from: groups)
    }
    if group.isFirst { try learner.write(to: "\(file).rewarded") }
  }

  /// Six readings of a question; the reward is the share of tokens that repeat it.
  static func rollouts(of model: Decoder, round: Int, share: Int) -> RolloutGroup {
    let asked = 2 + (round + share) % 5
    return RolloutGroup(
      (0..<6).map { number in
        let call = CallID(question: "\(round).\(share)", rollout: number)
        let written = model.continuations(of: [
          GenerationRequest(Passage([1, asked]), limit: 3, choice: TokenChoice(), random: call.random(seed: 1))
        ])[0]
        let sample = TrainingSample(
          call: call, prompt: [1, asked], tokens: written.tokens, mask: written.tokens.map { _ in true },
          logProbabilities: written.logProbabilities)
        return Rollout([sample], reward: Double(written.tokens.count { $0 == asked }) / 3)
      })
  }
}
