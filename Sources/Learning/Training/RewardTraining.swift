import Checkpoints
import Palimpsest
import Tensors
import Transformers

/// A model that learns from the rewards of its own rollouts, round by round. Like `Training` it is a value.
///
///     var learner = try RewardTraining(model, settings, on: "hopchain, seed 1")
///     while learner.round < 150 {
///       let groups = rollouts(of: learner.model, round: learner.round)      // G readings of each question
///       let round = try learner.learn(from: groups)
///       if learner.round % 10 == 0 { try learner.write(to: "learner.safetensors") }
///     }
///
/// A round is one step of rollouts: advantages are computed, every conversation is learned from once or left out
/// for a stated reason, and the optimiser takes as many steps as there are minibatches. Where rollouts derive from
/// the model and the number of the round alone, a learner that is written, read and resumed takes the same course bit
/// for bit.
public struct RewardTraining<Model: Backbone>: Sendable {
  /// Weights, optimiser and the losses of its steps.
  public private(set) var training: Training<Model>
  /// A learner resumes only with the same.
  public let settings: RewardSettings
  /// π_ref: the model at the beginning, where the rule has a divergence from it.
  public let reference: Model?
  /// What happened in each round.
  public private(set) var rounds: [RewardRound] = []

  /// - Parameter source: identifies the questions, as a hash or in words.
  /// - Throws: `LearningError.unfit` for a rule with a critic.
  public init(_ model: Model, _ settings: RewardSettings, on source: String) throws {
    try settings.check()
    self.settings = settings
    training = Training(model, settings.training, on: source)
    reference = settings.rule.objective.divergenceWeight == 0 ? nil : model
  }

  /// The weights after the last round: those that roll out the next one.
  public var model: Model { training.model }
  /// Rounds so far, which is the number of the next round.
  public var round: Int { rounds.count }

  /// Divides the microbatches of each minibatch over the processes of a group from now on. Rollouts are divided by
  /// `ProcessGroup.divided`; `learn` wants all of them on every process.
  ///
  /// - Throws: `LearningError.disagreement` as `Training.join` does, here for rounds and reference too.
  public mutating func join(_ group: any ProcessGroup) throws {
    try training.join(
      group,
      agreeingOn: [
        ("settings of the rewards", try Training<Model>.line(of: settings)),
        ("rounds done", "\(round)"), ("reference", reference?.fingerprint ?? "none"),
      ])
  }

  /// Learns from the rollouts of one round.
  ///
  /// Groups without a signal are left out unless the rule takes all. A round without a signal takes no step.
  ///
  /// - Parameter groups: rollouts by the present weights, the same on all processes of a group. Their calls have
  ///   different identities.
  /// - Throws: `LearningError.rows` where rows are lost or come twice, `.diverged` where a loss is not a number,
  ///   `.disagreement` where processes have different rollouts; the learner does not change.
  @discardableResult
  public mutating func learn(from groups: [RolloutGroup]) throws -> RewardRound {
    var next = self
    let round = try next.step(groups)
    self = next
    return round
  }

  private mutating func step(_ groups: [RolloutGroup]) throws -> RewardRound {
    let (rule, reference) = (settings.rule, reference)
    try agree(on: groups)
    var ledger = try RowLedger(groups.flatMap { $0.samples(rule.advantages) })
    let kept = rule.selection == .all ? groups : groups.filter { $0.hasSignal(rule.advantages) }
    for group in groups where rule.selection != .all && !group.hasSignal(rule.advantages) {
      try ledger.leaveOut(group.samples(rule.advantages), because: "no signal")
    }
    let samples = kept.flatMap { $0.samples(rule.advantages) }.filter { $0.mask.contains(true) }
    try ledger.leaveOut(
      kept.flatMap { $0.samples(rule.advantages) }.filter { !$0.mask.contains(true) }, because: "no drawn token")
    let rows = samples.map { ObjectiveRow($0) }
    let all = rule.objective.aggregation.weights(of: rows)

    var round = RewardRound(groups: groups, kept: kept.count, rows: samples.count)
    let parts = minibatches(
      Array(samples.indices), parts: settings.minibatches, shuffled: (settings.seed, self.round))
    for part in parts where !part.isEmpty {
      let some = part.map { rows[$0] }
      let weights =
        rule.objective.scope == .step
        ? part.map { all[$0] * Double(parts.count) } : rule.objective.aggregation.weights(of: some)
      let cuts = minibatches(Array(part.indices), parts: min(settings.microbatches ?? 1, part.count))
      let (step, figures) = try training.learn(microbatches: cuts.count) { model, _, number in
        let drawn = cuts[number].map { samples[part[$0]] }
        let found = model.loss(
          on: drawn, rows: referring(cuts[number].map { some[$0] }, of: drawn, to: reference),
          weights: cuts[number].map { weights[$0] }, objective: rule.objective)
        return (found.loss, found.figures.numbers)
      }
      round.figures += ObjectiveFigures(figures)
      round.norm = max(round.norm, step.norm)
      try ledger.train(part.map { samples[$0] })
    }
    try ledger.close()
    // As it will be read from a file, so that a resumed learner equals one that was not interrupted.
    round = RewardRound(columns: round.columns[...])
    rounds.append(round)
    return round
  }

  /// Makes sure that all processes learn from the same rollouts, and that their weights have not come apart.
  private func agree(on groups: [RolloutGroup]) throws {
    guard training.group.count > 1 else { return }
    try training.group.agree(on: [
      ("rounds done", "\(round)"), ("rollouts", RolloutGroup.fingerprint(of: groups)), ("weights", model.fingerprint),
    ])
  }
}

/// Rows with ln π_ref of the drawn tokens of their samples; as they are where there is no reference.
private func referring(
  _ rows: [ObjectiveRow], of samples: [TrainingSample], to reference: (some Backbone)?
) -> [ObjectiveRow] {
  guard let reference else { return rows }
  let scores = stride(from: 0, to: samples.count, by: 128).flatMap { first in
    reference.scores(of: Array(samples[first..<min(first + 128, samples.count)])).rows
  }
  return zip(rows, scores).map { $0.referring(to: $1) }
}

/// The settings of a learner from rewards.
public struct RewardSettings: Sendable, Codable, Hashable {
  /// How rewards become a loss.
  public var rule: LearningRule
  /// Rates are by steps of the optimiser, of which a round has as many as minibatches.
  public var training: TrainingSettings
  /// Parts into which the rows of a round are cut; 16 in MemAgent, 4 here: more steps on the same rollouts are
  /// further from the policy that drew them.
  public var minibatches: Int
  /// Decides how rows are dealt to minibatches.
  public var seed: UInt64
  /// Parts of a minibatch whose gradients are computed apart and added up: for less memory, or for several processes.
  /// nil computes it as one.
  public var microbatches: Int?

  /// Four minibatches a round unless told otherwise, each in one piece.
  public init(
    _ rule: LearningRule, _ training: TrainingSettings, minibatches: Int = 4, microbatches: Int? = nil,
    seed: UInt64 = 1
  ) {
    self.rule = rule
    self.training = training
    self.minibatches = minibatches
    self.microbatches = microbatches
    self.seed = seed
  }

  func check() throws {
    guard minibatches > 0 else {
      throw LearningError.unfit("minibatches", found: "\(minibatches)", reason: "a round has at least one")
    }
    if let microbatches, microbatches <= 0 {
      throw LearningError.unfit("microbatches", found: "\(microbatches)", reason: "a minibatch has at least one")
    }
    guard rule.critic == nil else {
      throw LearningError.unfit(
        "rule", found: "one with a critic",
        reason: "RewardTraining compares rollouts and has no value head; choose grpo, dapo, dr-grpo, reinforce, "
          + "memagent or gru-mem")
    }
  }
}

/// What happened in one round.
public struct RewardRound: Sendable, Codable, Hashable {
  /// Mean reward of all trajectories.
  public var reward = 0.0
  /// Groups that came, and those that were learned from.
  public var groups = 0, kept = 0
  /// Trajectories that came, and conversations that were learned from.
  public var rollouts = 0, rows = 0
  /// The largest norm of the gradients of a step, before clipping.
  public var norm: Float = 0
  /// Over the tokens of all steps.
  public var figures = ObjectiveFigures()

  init(groups: [RolloutGroup], kept: Int, rows: Int) {
    let rewards = groups.flatMap { $0.rollouts.map(\.reward) }
    reward = rewards.isEmpty ? 0 : rewards.reduce(0, +) / Double(rewards.count)
    rollouts = rewards.count
    (self.groups, self.kept, self.rows) = (groups.count, kept, rows)
  }

  /// In the order of the columns of `rounds` in a file.
  var columns: [Float] {
    [
      Float(reward), Float(groups), Float(kept), Float(rollouts), Float(rows), norm, Float(figures.tokens),
      Float(figures.clippedHigh), Float(figures.clippedLow), Float(figures.dualClipped), Float(figures.drift),
      Float(figures.divergence), Float(figures.entropy),
    ]
  }

  static let width = 13

  init(columns: ArraySlice<Float>) {
    let c = Array(columns)
    reward = Double(c[0])
    (groups, kept, rollouts, rows) = (Int(c[1]), Int(c[2]), Int(c[3]), Int(c[4]))
    norm = c[5]
    (figures.tokens, figures.clippedHigh, figures.clippedLow) = (Int(c[6]), Int(c[7]), Int(c[8]))
    (figures.dualClipped, figures.drift) = (Int(c[9]), Double(c[10]))
    (figures.divergence, figures.entropy) = (Double(c[11]), Double(c[12]))
  }
}

extension RewardTraining {
  /// Writes everything that resuming needs into one safetensors file, whole or not at all: what `Training`
  /// writes, `reference/NAME`, and `rounds` [rounds, 13] in the order of `RewardRound`.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to file: String) throws {
    var others = ["rounds": Tensor(rounds.flatMap(\.columns), shape: [rounds.count, RewardRound.width])]
    for parameter in reference?.parameters ?? [] { others["reference/\(parameter.name)"] = parameter.tensor }
    try training.write(to: file, with: others, metadata: ["rewards": try Training<Model>.line(of: settings)])
  }

  /// Reads a learner that was written, to resume it.
  ///
  /// - Parameters:
  ///   - model: a model of the same shape; its weights are ignored.
  ///   - settings, source: must equal those with which it began.
  /// - Throws: `CheckpointError` and `LearningError` as `Training` does.
  public init(_ file: String, of model: Model, _ settings: RewardSettings, on source: String) throws {
    try settings.check()
    let checkpoint = try Checkpoint(file)
    training = try Training(file, of: model, settings.training, on: source)
    self.settings = settings
    let (saved, wanted) = (checkpoint.metadata["rewards"], try Training<Model>.line(of: settings))
    guard saved == wanted else {
      throw LearningError.changed(file: file, what: "rewards", saved: saved ?? "none", wanted: wanted)
    }
    if settings.rule.objective.divergenceWeight == 0 {
      reference = nil
    } else {
      var (weights, failure): (Model, (any Error)?) = (model, nil)
      weights.forEachParameter { name, tensor in
        do { tensor = try checkpoint.tensor("reference/\(name)", shape: tensor.shape) } catch {
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
      reference = weights
    }
    let stored = try checkpoint.stored("rounds")
    guard stored.shape.count == 2, stored.shape[1] == RewardRound.width else {
      throw LearningError.foreign(file: file, reason: "its rounds are of shape \(stored.shape)")
    }
    let scalars = try stored.tensor().scalars
    guard scalars.allSatisfy({ $0.isFinite && abs($0) < 1e15 }) else {
      throw LearningError.foreign(file: file, reason: "a round has a number that is no count")
    }
    rounds = (0..<stored.shape[0]).map {
      RewardRound(columns: scalars[($0 * RewardRound.width)..<(($0 + 1) * RewardRound.width)])
    }
  }
}
