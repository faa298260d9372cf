import Palimpsest
import Tensors

/// A course under way: the stage, its optimiser, the weights and the log. Like `Training` it is a value.
///
/// Everything that a round depends on is here or follows from the numbers of stage, round and draw. A training that is
/// written, read and resumed at any round therefore takes the same course bit for bit.
public struct CourseTraining<Model: SequenceModel>: Sendable {
  /// A training resumes only with the same.
  public let course: Course<Model>
  /// Index of the present stage.
  public internal(set) var stage: Int
  /// What was logged of all rounds of all stages so far.
  public internal(set) var records: [RoundRecord]
  /// Where the present stage stands.
  var moment: LessonMoment
  /// The learner of the present stage: the one or the other.
  var imitation: Training<Model>?
  var reward: RewardTraining<Model>?
  /// Where the last round took its time; it is not saved.
  public private(set) var times = RoundTimes()
  /// The processes that learn together: one, until others are joined.
  public private(set) var group: any ProcessGroup = OneProcess()

  /// - Throws: `LearningError.unfit` for settings of the first stage that contradict each other.
  public init(_ course: Course<Model>, of model: Model) throws {
    self.course = course
    (stage, records, moment) = (0, [], LessonMoment())
    try begin(0, with: model)
  }

  init(_ course: Course<Model>, stage: Int, moment: LessonMoment, records: [RoundRecord]) {
    self.course = course
    self.stage = stage
    self.moment = moment
    self.records = records
  }

  /// Learns together with the processes of a group from now on: they divide the microbatches of steps, and what lessons
  /// divide. The first process alone holds exams, so its log alone has their scores.
  ///
  /// All processes must have begun, or resumed, the same course. They take every round together; one that fails makes the
  /// others fail in the next call they share.
  ///
  /// - Throws: `LearningError.disagreement` on all processes where one stands elsewhere.
  public mutating func join(_ group: any ProcessGroup) throws {
    try group.agree(on: [
      ("the stage", try present.identity), ("rounds done", "\(moment.round)"), ("draws", "\(moment.draw)"),
      ("the lesson's readings", "\(moment.readings.sorted { $0.key < $1.key })"), ("rounds logged", "\(records.count)"),
    ])
    self.group = group
    try joinLearner()
  }

  private mutating func joinLearner() throws {
    guard group.count > 1 else { return }
    try imitation?.join(group)
    try reward?.join(group)
  }

  /// The weights after the last round.
  public var model: Model {
    guard let model = imitation?.model ?? reward?.model else { preconditionFailure("a stage without a learner") }
    return model
  }

  /// Rounds of the present stage so far.
  public var round: Int { moment.round }
  /// The present stage.
  public var present: Stage<Model> { course.stages[stage] }

  /// Whether the present stage has ended.
  public var isStageDone: Bool { moment.round >= present.rounds || present.lesson.isLearned(moment.readings) }
  /// Whether the last stage has ended.
  public var isDone: Bool { stage == course.stages.count - 1 && isStageDone }

  /// Takes one round, which begins the next stage where the present one has ended, and holds an exam where one is due.
  ///
  /// - Precondition: the course is not done.
  /// - Throws: what the lesson, the learner or the exam throw; the training is then as it was before.
  @discardableResult
  public mutating func advance() async throws -> RoundRecord {
    precondition(!isDone, "a round behind the last one of \(present.name)")
    let before = self
    do {
      if isStageDone { try begin(stage + 1, with: model) }
      return try await takeRound()
    } catch {
      self = before
      throw error
    }
  }

  private mutating func begin(_ index: Int, with model: Model) throws {
    (stage, moment) = (index, LessonMoment())
    (imitation, reward) = (nil, nil)
    switch present.learning {
    case .imitation(let settings): imitation = Training(model, settings, on: present.lesson.source)
    case .reward(let settings): reward = try RewardTraining(model, settings, on: present.lesson.source)
    }
    try joinLearner()
  }

  private mutating func takeRound() async throws -> RoundRecord {
    times = RoundTimes()
    var record: RoundRecord
    switch present.learning {
    case .imitation: record = try await imitate()
    case .reward(let settings): record = try await takeRewards(settings.rule)
    }
    moment.round += 1
    for (name, value) in moment.readings { record.values[name] = value }
    if let exam = course.exam, group.isFirst, isStageDone || course.interval.map({ moment.round % $0 == 0 }) ?? false {
      let start = ContinuousClock.now
      record.exam = try await exam.scores(of: model)
      times.examining = (ContinuousClock.now - start) / .seconds(1)
    }
    record.values = record.values.filter { $0.value.isFinite }
    records.append(record)
    return record
  }

  private mutating func drawn() async throws -> LessonMaterial {
    let start = ContinuousClock.now
    let material = try await present.lesson.material(by: model, at: moment, in: group)
    times.making += (ContinuousClock.now - start) / .seconds(1)
    moment.draw += 1
    return material
  }

  private mutating func timed<Result>(_ body: (inout Self) throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    defer { times.learning += (ContinuousClock.now - start) / .seconds(1) }
    return try body(&self)
  }
}

/// Where a round took its time, in seconds by the clock, and what it came to.
public struct RoundTimes: Sendable, Codable, Hashable {
  /// Material was made: batches, or rollouts.
  public var making = 0.0
  /// It was learned from.
  public var learning = 0.0
  /// An exam was held.
  public var examining = 0.0
  /// Tokens that rollouts read in their prompts, and tokens that were drawn.
  public var read = 0, sampled = 0
  /// Tokens that the passes of learning read.
  public var trained = 0

  /// Nothing was done.
  public init() {}

  /// The sum of both.
  public static func += (a: inout RoundTimes, b: RoundTimes) {
    a.making += b.making
    a.learning += b.learning
    a.examining += b.examining
    a.read += b.read
    a.sampled += b.sampled
    a.trained += b.trained
  }
}

extension CourseTraining {
  /// One step against the loss of a round's sequences.
  private mutating func imitate() async throws -> RoundRecord {
    let material = try await drawn()
    guard case .sequences(let batches) = material, batches.contains(where: { !$0.targets.joined().isEmpty }) else {
      throw LearningError.unfit(
        "the material of \(present.name)", found: "\(material.words)",
        reason: "a stage without rewards imitates sequences")
    }
    let (name, microbatch) = (present.name, present.microbatch)
    var hits: [[[Bool]]] = []
    let step = try timed { training -> TrainingStep? in
      guard let microbatch else {
        return try training.imitation?.learn { model, _ in
          let losses = batches.map { model.supervisedLoss(on: $0) }
          hits = losses.map(\.hits)
          return losses.dropFirst().reduce(losses[0].loss) { $0 + $1.loss }
        }
      }
      let parts = batches.indices.flatMap { batch in
        batches[batch].parts(of: microbatch).map { (batch: batch, some: $0.batch, share: $0.share) }
      }
      // Hits are counted as figures, which a process has of the others' microbatches too.
      var starts = [0]
      for part in parts { starts.append(starts[starts.count - 1] + part.some.targets.reduce(0) { $0 + $1.count }) }
      let learned = try training.imitation?.learn(microbatches: parts.count) { model, _, number in
        let found = model.supervisedLoss(on: parts[number].some)
        var figures = [Double](repeating: 0, count: starts[parts.count])
        for (place, hit) in zip(starts[number]..., found.hits.joined()) where hit { figures[place] = 1 }
        return (found.loss * Float(parts[number].share), figures)
      }
      hits = batches.map { _ in [] }
      for (part, start) in zip(parts, starts) {
        var place = start
        for targets in part.some.targets {
          hits[part.batch].append(targets.indices.map { learned?.figures[place + $0] == 1 })
          place += targets.count
        }
      }
      return learned?.step
    }
    guard let step, let training = imitation else { preconditionFailure("\(name) has no learner") }
    times.trained = batches.reduce(0) { $0 + $1.tokens }
    present.lesson.note(.imitated(hits), of: material, in: &moment.readings)
    return RoundRecord(
      stage: name, round: moment.round + 1, step: training.step,
      values: [
        "loss": Double(step.loss), "norm": Double(step.norm), "rate": Double(step.rate),
        "tokens": Double(times.trained),
      ])
  }

  /// One round of rollouts; drawn again for want of signals where the rule says so.
  private mutating func takeRewards(_ rule: LearningRule) async throws -> RoundRecord {
    let name = present.name
    var selection: GroupSelection?
    var (all, failures, draws): ([RolloutGroup], Int, Int) = ([], 0, 0)
    while selection?.isOpen ?? true {
      let material = try await drawn()
      guard case .rollouts(let round) = material else {
        throw LearningError.unfit(
          "the material of \(name)", found: "\(material.words)", reason: "a stage with rewards learns from rollouts")
      }
      draws += 1
      failures += round.failures.count
      all += round.groups
      if selection == nil { selection = GroupSelection(rule.selection, wanted: round.groups.count) }
      selection?.add(round.groups, rule.advantages)
      guard rule.selection == .refill else { break }
    }
    let groups = rule.selection == .refill ? selection?.groups ?? [] : all
    guard let round = try timed({ try $0.reward?.learn(from: groups) }), let training = reward?.training else {
      preconditionFailure("\(name) has no learner")
    }
    let rollouts = all.flatMap(\.rollouts)
    let samples = rollouts.flatMap(\.samples)
    times.read = samples.reduce(0) { $0 + $1.prompt.count }
    times.sampled = samples.reduce(0) { $0 + $1.mask.count(where: \.self) }
    times.trained = rule.kept(of: groups).flatMap(\.rollouts).flatMap(\.samples)
      .reduce(0) { $1.mask.contains(true) ? $0 + $1.prompt.count + $1.tokens.count : $0 }
    present.lesson.note(.rewarded(round), of: .rollouts(RolloutRound(all)), in: &moment.readings)
    var values = Self.values(of: round, rollouts, samples)
    values["groups"] = Double(all.count)
    values["draws"] = Double(draws)
    values["failed"] = Double(failures)
    if round.rows > 0 {
      values["rate"] = training.history.last.map { Double($0.rate) }
      values["loss"] = training.history.last.map { Double($0.loss) }
    }
    values["read"] = Double(times.read)
    values["sampled"] = Double(times.sampled)
    return RoundRecord(stage: name, round: moment.round + 1, step: training.step, values: values)
  }

  /// What is logged of a round of rollouts.
  private static func values(
    of round: RewardRound, _ rollouts: [Rollout], _ samples: [TrainingSample]
  ) -> [String: Double] {
    func mean(_ numbers: [Double]) -> Double { numbers.isEmpty ? 0 : numbers.reduce(0, +) / Double(numbers.count) }
    let rewards = rollouts.map(\.reward)
    let middle = mean(rewards)
    var values: [String: Double] = [
      "reward": middle, "reward.deviation": mean(rewards.map { ($0 - middle) * ($0 - middle) }).squareRoot(),
      "kept": Double(round.kept), "rollouts": Double(rollouts.count), "rows": Double(round.rows),
      "empty": Double(rollouts.count { !$0.samples.contains { $0.mask.contains(true) } }),
      "conversations": mean(rollouts.map { Double($0.samples.count) }),
      "reply": mean(samples.map { Double($0.tokens.count) }), "prompt": mean(samples.map { Double($0.prompt.count) }),
    ]
    let figures = round.figures
    values["tokens"] = Double(figures.tokens)
    // Where no step was taken, nothing was scored.
    if figures.tokens > 0 {
      let scored = [
        "norm": Double(round.norm), "clipped": figures.clipFraction, "clipped.high": figures.share(figures.clippedHigh),
        "clipped.low": figures.share(figures.clippedLow), "clipped.dual": figures.share(figures.dualClipped),
        "drift": figures.meanDrift, "divergence": figures.meanDivergence, "entropy": figures.meanEntropy,
      ]
      values.merge(scored) { own, _ in own }
    }
    let turns = rollouts.flatMap { $0.turnRewards.sorted { $0.key < $1.key }.map(\.value) }
    if !turns.isEmpty { values["reward.turn"] = mean(turns) }
    if round.valueLoss != 0 { values["critic"] = Double(round.valueLoss) }
    for name in Set(rollouts.flatMap(\.measures.keys)) {
      values["rollout.\(name)"] = mean(rollouts.compactMap { $0.measures[name] })
    }
    return values
  }
}

extension LessonMaterial {
  var words: String {
    switch self {
    case .sequences(let batches): "\(batches.count) batches of sequences"
    case .rollouts(let round): "\(round.groups.count) groups of rollouts"
    }
  }
}
