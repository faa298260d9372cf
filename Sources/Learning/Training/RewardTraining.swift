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
///
/// Where the rule has a critic, a value head learns beside the model; advantages then come from its values, and all
/// groups are learned from.
public struct RewardTraining<Model: SequenceModel>: Sendable {
  /// Weights, optimiser and the losses of its steps, those of a critic included.
  public private(set) var training: Training<ActorCritic<Model>>
  /// A learner resumes only with the same.
  public let settings: RewardSettings
  /// π_ref: the model at the beginning, where the rule has a divergence from it.
  public let reference: Model?
  /// What happened in each round.
  public private(set) var rounds: [RewardRound] = []

  /// - Parameter source: identifies the questions, as a hash or in words.
  /// - Throws: `LearningError.unfit` for settings that contradict each other.
  public init(_ model: Model, _ settings: RewardSettings, on source: String) throws {
    try settings.check()
    self.settings = settings
    training = Training(
      ActorCritic(model, hasCritic: settings.rule.critic != nil), settings.training, on: source)
    reference = settings.rule.objective.divergenceWeight == 0 ? nil : model
  }

  /// The weights after the last round: those that roll out the next one.
  public var model: Model { training.model.actor }
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
    let kept = rule.kept(of: groups)
    for group in groups where rule.selection != .all && !group.hasSignal(rule.advantages) {
      try ledger.leaveOut(group.samples(rule.advantages), because: "no signal")
    }
    try ledger.leaveOut(
      kept.flatMap { $0.samples(rule.advantages) }.filter { !$0.mask.contains(true) }, because: "no drawn token")
    let taught = rule.critic.map { judged(groups.flatMap(\.rollouts), by: $0) } ?? compared(kept, rule.advantages)
    let all = rule.objective.aggregation.weights(of: taught.map(\.row))

    var round = RewardRound(groups: groups, kept: kept.count, rows: taught.count)
    let parts = minibatches(
      Array(taught.indices), parts: settings.minibatches, shuffled: (settings.seed, self.round)
    ).filter { !$0.isEmpty }
    for part in parts {
      let weights =
        rule.objective.scope == .step
        ? part.map { all[$0] * Double(settings.minibatches) }
        : rule.objective.aggregation.weights(of: part.map { taught[$0].row })
      let cuts = Learning.minibatches(Array(part.indices), parts: min(settings.microbatches ?? 1, part.count))
      let (step, figures) = try training.learn(microbatches: cuts.count) { pair, _, number in
        let found = Self.loss(
          of: pair, on: cuts[number].map { taught[part[$0]] }, weights: cuts[number].map { weights[$0] },
          reference: reference, rule)
        return (found.loss, found.figures.numbers + [found.valueLoss])
      }
      round.figures += ObjectiveFigures(Array(figures.dropLast()))
      round.valueLoss += Float((figures.last ?? 0) / Double(parts.count))
      round.norm = max(round.norm, step.norm)
      try ledger.train(part.map { taught[$0].sample })
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
      ("rounds done", "\(round)"), ("rollouts", RolloutGroup.fingerprint(of: groups)),
      ("weights", training.model.fingerprint),
    ])
  }

  /// A conversation with all that its loss compares it with.
  private struct Taught: Sendable {
    var sample: TrainingSample
    var row: ObjectiveRow
    /// The critic's values when the tokens were drawn, and the returns; empty without a critic.
    var values: [Double] = [], returns: [Double] = []
  }

  /// The loss on some conversations, that of the critic included.
  private static func loss(
    of pair: ActorCritic<Model>, on taught: [Taught], weights: [Double], reference: Model?, _ rule: LearningRule
  ) -> (loss: Tensor, figures: ObjectiveFigures, valueLoss: Double) {
    let samples = taught.map(\.sample)
    let rows = zip(taught, referenceScores(samples, of: reference)).map { taught, reference in
      var row = taught.row
      row.reference = reference
      return row
    }
    let scores = pair.actor.scores(of: samples)
    let (loss, figures) = scores.loss(rows: rows, weights: weights, objective: rule.objective)
    guard let critic = rule.critic, let head = pair.critic else { return (loss, figures, 0) }
    let judged = ValueHead.loss(
      head.values(of: scores.hidden), old: taught.flatMap(\.values), targets: taught.flatMap(\.returns),
      weights: zip(taught, weights).flatMap { Array(repeating: $1, count: $0.values.count) },
      objective: critic.objective)
    return (loss + judged * Float(critic.weight), figures, Double(judged.detached.scalar))
  }

  /// The conversations of groups that are compared: every token has the advantage of its conversation.
  private func compared(_ groups: [RolloutGroup], _ advantages: GroupAdvantages) -> [Taught] {
    groups.flatMap { $0.samples(advantages) }.filter { $0.mask.contains(true) }
      .map { Taught(sample: $0, row: ObjectiveRow($0)) }
  }

  /// The conversations of rollouts that a critic judges: every token has an advantage of its own.
  private func judged(_ rollouts: [Rollout], by critic: LearningRule.Critic) -> [Taught] {
    let rollouts = rollouts.map { rollout in
      var rollout = rollout
      rollout.samples.removeAll { !$0.mask.contains(true) }
      return rollout
    }
    let values = values(rollouts.flatMap(\.samples))
    var start = 0
    return rollouts.flatMap { rollout -> [Taught] in
      let own = Array(values[start..<(start + rollout.samples.count)])
      start += rollout.samples.count
      let found = rollout.advantages(critic.advantages, values: own)
      return rollout.samples.indices.map { index in
        var row = ObjectiveRow(rollout.samples[index])
        row.advantages = found.advantages[index].map { Float($0) }
        return Taught(sample: rollout.samples[index], row: row, values: own[index], returns: found.returns[index])
      }
    }
  }

  /// The critic's values before each drawn token of each sample.
  private func values(_ samples: [TrainingSample]) -> [[Double]] {
    guard let critic = training.model.critic else { return samples.map { _ in [] } }
    return Self.passes(of: samples).flatMap { some -> [[Double]] in
      let scores = model.scores(of: some)
      let values = critic.values(of: scores.hidden).scalars
      return scores.spans.map { values[$0].map { Double($0) } }
    }
  }

  /// ln π_ref of the drawn tokens of each sample; nil where no reference is needed.
  private static func referenceScores(_ samples: [TrainingSample], of reference: Model?) -> [[Float]?] {
    guard let reference else { return samples.map { _ in nil } }
    return passes(of: samples).flatMap { reference.scores(of: $0).rows }
  }

  /// Samples in parts that one pass without gradients takes: at most 128, of at most 16,384 tokens unless one alone has
  /// more.
  private static func passes(of samples: [TrainingSample]) -> [[TrainingSample]] {
    var (parts, tokens): ([[TrainingSample]], Int) = ([], 0)
    for sample in samples {
      let count = sample.prompt.count + sample.tokens.count
      if parts.isEmpty || parts[parts.count - 1].count == 128 || tokens + count > 16_384 {
        parts.append([])
        tokens = 0
      }
      parts[parts.count - 1].append(sample)
      tokens += count
    }
    return parts
  }
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
    guard rule.critic == nil || rule.selection == .all else {
      throw LearningError.unfit(
        "selection", found: rule.selection.rawValue,
        reason: "a critic judges every rollout by itself, so groups without a signal are not left out; choose all")
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
  /// The critic's loss, the mean of the steps; 0 without a critic.
  public var valueLoss: Float = 0

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
      Float(figures.divergence), Float(figures.entropy), valueLoss,
    ]
  }

  static let width = 14

  init(columns: ArraySlice<Float>) {
    let c = Array(columns)
    reward = Double(c[0])
    (groups, kept, rollouts, rows) = (Int(c[1]), Int(c[2]), Int(c[3]), Int(c[4]))
    norm = c[5]
    (figures.tokens, figures.clippedHigh, figures.clippedLow) = (Int(c[6]), Int(c[7]), Int(c[8]))
    (figures.dualClipped, figures.drift) = (Int(c[9]), Double(c[10]))
    (figures.divergence, figures.entropy, valueLoss) = (Double(c[11]), Double(c[12]), c[13])
  }
}

extension RewardTraining {
  /// Writes everything that resuming needs into one safetensors file, whole or not at all: what `Training`
  /// writes, `reference/NAME`, and `rounds` [rounds, 14] in the order of `RewardRound`.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to file: String) throws { try write(to: file, metadata: [:]) }

  /// The same with metadata of what surrounds it.
  func write(to file: String, metadata more: [String: String]) throws {
    var others = ["rounds": Tensor(rounds.flatMap(\.columns), shape: [rounds.count, RewardRound.width])]
    for parameter in reference?.parameters ?? [] { others["reference/\(parameter.name)"] = parameter.tensor }
    let rewards = ["rewards": try Training<Model>.line(of: settings)]
    try training.write(to: file, with: others, metadata: rewards.merging(more) { own, _ in own })
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
    training = try Training(
      file, of: ActorCritic(model, hasCritic: settings.rule.critic != nil), settings.training, on: source)
    self.settings = settings
    let (saved, wanted) = (checkpoint.metadata["rewards"], try Training<Model>.line(of: settings))
    guard saved == wanted else {
      throw LearningError.changed(file: file, what: "rewards", saved: saved ?? "none", wanted: wanted)
    }
    reference =
      settings.rule.objective.divergenceWeight == 0 ? nil : try checkpoint.filled(model, prefix: "reference/")
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
