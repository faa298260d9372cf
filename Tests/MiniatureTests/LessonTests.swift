import Learning
import Miniature
import Palimpsest
import Tasks
import Tensors
import Testing
import Transformers

@Suite struct `A course of a tiny model` {
  static let blank = ConvolvedDecoder(
    .init(vocabulary: SymbolLanguage.vocabulary, width: 16, layers: 1, heads: 2, innerWidth: 16), seed: 1)

  static func settings(_ peak: Float) -> TrainingSettings {
    var settings = TrainingSettings(Schedule(.constant, peak: peak, warmUp: 2))
    settings.optimiser.beta2 = 0.98
    return settings
  }

  static func task(_ chunks: Int) -> SymbolTask.Settings {
    var task = SymbolTask.Settings()
    (task.chunks, task.split) = (chunks, .train)
    return task
  }

  static var rewards: RewardSettings {
    var rule = LearningRule.memAgent
    rule.objective.divergenceWeight = 0
    return RewardSettings(rule, settings(3e-4))
  }

  /// The loops as they are written by hand, three rounds each, give the same weights bit for bit.
  @Test func `is what the loops by hand are`() async throws {
    var recall = Training(Self.blank, Self.settings(3e-3), on: "recall")
    for _ in 0..<3 {
      try recall.learn { $0.loss(on: Recall().batch(at: $1, .small)).loss }
    }
    let imitation = Imitation(Self.task(3), good: 0.5, faults: 0.1)
    var review = Recall()
    (review.batch, review.seed) = (16, 2)
    var imitated = Training(recall.model, Self.settings(2e-3), on: "imitation")
    for _ in 0..<3 {
      try imitated.learn { model, step in
        let loss = model.loss(on: imitation.batch(at: step)).loss
        return step % 2 == 0 ? loss + model.loss(on: review.batch(at: step, .full)).loss : loss
      }
    }
    var rewarded = try RewardTraining(imitated.model, Self.rewards, on: "hopchain")
    for _ in 0..<3 {
      let readings = SymbolReadings(rewarded.model, choice: TokenChoice())
      try rewarded.learn(
        from: readings.groups(
          SymbolTask(Self.task(2)), round: rewarded.round, questions: 2, rollouts: 2, seed: 21))
    }

    let course = Course<ConvolvedDecoder>([
      Stage("recall", RecallLesson(), Self.settings(3e-3), rounds: 3),
      Stage("imitation", ImitationLesson(imitation), Self.settings(2e-3), rounds: 3),
      Stage(
        "reward", ReadingLesson(.init(Self.task(2), questions: 2, rollouts: 2), seed: 21), Self.rewards, rounds: 3),
    ])
    var training = try CourseTraining(course, of: Self.blank)
    while !training.isDone { try await training.advance() }
    #expect(training.model.parameters.map(\.tensor) == rewarded.model.parameters.map(\.tensor))
    #expect(training.records[0].values["loss"] == Double(recall.history[0].loss))
    #expect(training.records[6].values["reward"] == rewarded.rounds[0].reward)
    #expect(training.records[6].values["rollout.page"] ?? -1 >= 0)
  }

  /// The level rises when facts are found, and the stage ends when gaps are too.
  @Test func `raises the level of recall`() {
    let lesson = RecallLesson<ConvolvedDecoder>(found: 0.55, absent: 0.05)
    let batch = lesson.recall.batch(at: 0, .small)
    let right = batch.targets.map { $0.map { _ in true } }
    var readings: [String: Double] = [:]
    // 1 − 0.95^n > 0.9 from n = 45 on.
    for step in 1...45 {
      #expect(readings["level"] == nil && !lesson.isLearned(readings), "\(step)")
      lesson.note(.imitated([right]), of: .sequences([batch]), in: &readings)
    }
    #expect(readings["level"] == 1 && readings["found"] == 0.5 && !lesson.isLearned(readings))
    for _ in 0..<3 { lesson.note(.imitated([right]), of: .sequences([batch]), in: &readings) }
    #expect(lesson.isLearned(readings))
  }

  /// Two hops: beside the turns stand recall, nothing, chains, nothing, in turn.
  @Test func `reviews recall and chains beside the turns`() {
    let (imitation, model) = (Imitation(Self.task(3)), Self.blank)
    let lesson = ImitationLesson<ConvolvedDecoder>(imitation, chains: ChainRecall())
    func beside(_ draw: Int) -> [SupervisedBatch] {
      guard case .sequences(let batches) = lesson.material(by: model, at: LessonMoment(round: draw, draw: draw)) else {
        return []
      }
      #expect(batches[0] == imitation.batch(at: draw))
      return Array(batches.dropFirst())
    }
    #expect(beside(4) == [ImitationLesson<ConvolvedDecoder>.usualReview.batch(at: 4, .full)])
    #expect(beside(5) == [] && beside(7) == [])
    #expect(beside(6) == [ChainRecall().batch(at: 6)])
    #expect(lesson.source != ImitationLesson<ConvolvedDecoder>(imitation).source)
  }

  /// The share of turns with one hop is spread over answers and updates alike.
  @Test func `eases a share of the turns`() {
    var task = Self.task(3)
    task.links = 2
    var imitation = Imitation(task)
    imitation.eased = 0.25
    let batch = imitation.batch(at: 0)
    let hops = batch.sequences.map { tokens in tokens[0..<6].filter { SymbolLanguage.relations.contains($0) }.count }
    #expect(hops == (0..<64).map { $0 % 4 == 3 ? 1 : 2 })
    imitation.eased = 0
    #expect(imitation.batch(at: 0) == Imitation(task).batch(at: 0))
  }

  @Test func `teaches the twin whole texts until it is exact`() {
    let lesson = WholeTextLesson<ConvolvedDecoder>(WholeText(Self.task(2)))
    let material = lesson.material(by: Self.blank, at: LessonMoment(round: 1, draw: 1))
    #expect(material == .sequences([WholeText(Self.task(2)).batch(at: 1)]))
    var readings: [String: Double] = [:]
    lesson.note(.imitated([[[true], [false], [true, true], [true, false]]]), of: material, in: &readings)
    #expect(readings == ["exact": 0.015])
  }

  @Test func `examines the same items at every length`() throws {
    let exam = SymbolExam<ConvolvedDecoder>(Self.task(3), lengths: [(2, 5), (4, 3)], seed: 9)
    let scores = try exam.scores(of: Self.blank)
    #expect(scores.map(\.chunks) == [2, 4] && scores.map(\.score.n) == [5, 3])
    #expect(scores[0].score == SymbolReadings(Self.blank).judge(SymbolTask(Self.task(2)), items: 5, seed: 9).interval)
  }
}
