import Foundation
import Learning
import Palimpsest
import Support
import Tensors
import Testing
import Transformers

@Suite struct `A course` {
  /// Sequences `1 x x`, of which the last token is predicted. It ends when the moving mean of right ones is high.
  struct Copying: Lesson {
    var isShort = false
    var source: String { isShort ? "copying, until 0.5" : "copying" }

    func material(by model: Decoder, at moment: LessonMoment) -> LessonMaterial {
      let sequences = (0..<6).map { index in
        let token = 2 + (moment.draw + index) % 3
        return [1, token, token]
      }
      return .sequences([SupervisedBatch(sequences, targets: sequences.map { _ in [2] })])
    }

    func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
      guard case .imitated(let hits) = outcome else { return }
      let right = Double(hits[0].count { $0 == [true] }) / Double(hits[0].count)
      readings["right", default: 0] += 0.2 * (right - readings["right", default: 0])
    }

    func isLearned(_ readings: [String: Double]) -> Bool { isShort && readings["right", default: 0] > 0.5 }
  }

  /// The rollouts of `Learning from rewards`, some of which failed.
  struct Rewarded: Lesson {
    var source: String { "rollouts" }

    func material(by model: Decoder, at moment: LessonMoment) -> LessonMaterial {
      var groups = `Learning from rewards`.groups(model, moment.draw)
      for index in groups[0].rollouts.indices { groups[0].rollouts[index].measures = ["page": Double(index)] }
      return .rollouts(RolloutRound(groups, failures: moment.draw == 2 ? ["no reply"] : []))
    }
  }

  struct Share: Exam {
    func scores(of model: Decoder) -> [ExamScore] {
      let right = (2...4).count { model.continuations(of: [GenerationRequest([1, $0], limit: 1)])[0].tokens == [$0] }
      return [ExamScore("1 chunk", chunks: 1, score: .share(right, of: 3))]
    }
  }

  static let rates = TrainingSettings(Schedule(.cosine, peak: 1e-2, warmUp: 2, steps: 40))

  static func course(_ rule: LearningRule = .memAgent) -> Course<Decoder> {
    Course(
      [
        Stage("recall", Copying(isShort: true), rates, rounds: 30),
        Stage("imitation", Copying(), rates, rounds: 4),
        Stage("reward", Rewarded(), `Learning from rewards`.settings(rule), rounds: 5),
      ], exam: Share(), every: 2)
  }

  static let model = `Learning from rewards`.model

  /// Saved and read after every single round, it ends with the bytes of an undisturbed training, log included.
  @Test(arguments: [LearningRule.memAgent, .dapo, .ppo])
  func `takes the same way when it is resumed at any round`(_ rule: LearningRule) async throws {
    let scratch = try Scratch()
    let (whole, parts) = (
      CourseTraining<Decoder>.Files(scratch.file("whole").path),
      CourseTraining<Decoder>.Files(scratch.file("parts").path)
    )
    var undisturbed = try CourseTraining(Self.course(rule), of: Self.model)
    while !undisturbed.isDone { try await undisturbed.advance() }
    try undisturbed.write(to: whole)

    var training = try CourseTraining(Self.course(rule), of: Self.model)
    try training.write(to: parts)
    while !training.isDone {
      training = try CourseTraining(parts, Self.course(rule), of: `Learning from rewards`.newborn(seed: 99))
      try await training.advance()
      try training.write(to: parts)
    }
    for (a, b) in [(whole.checkpoint, parts.checkpoint), (whole.log, parts.log)] {
      #expect(try Data(contentsOf: URL(filePath: a)) == Data(contentsOf: URL(filePath: b)))
    }
    #expect(undisturbed.records.map(\.stage).suffix(5).allSatisfy { $0 == "reward" })
  }

  @Test func `ends a stage when it is learned, and examines at intervals`() async throws {
    var training = try CourseTraining(Self.course(), of: Self.model)
    while !training.isDone { try await training.advance() }
    let recall = training.records.filter { $0.stage == "recall" }
    #expect(recall.count < 30 && recall.last?.values["right"] ?? 0 > 0.5)
    for record in training.records {
      let isLast =
        record.stage == "recall" ? record.round == recall.count : record.round == (record.stage == "reward" ? 5 : 4)
      #expect((record.exam != nil) == (record.round % 2 == 0 || isLast))
    }
    let rewarded = training.records.filter { $0.stage == "reward" }
    #expect(rewarded.map { $0.values["failed"] } == [0, 0, 1, 0, 0])
    // Pages 0…9 of the first group; the second has none.
    #expect(rewarded[0].values["rollout.page"] == 4.5 && rewarded[0].values["rollouts"] == 20)
    #expect(rewarded[0].values["entropy"] ?? 0 > 0 && rewarded[0].values["reply"] == 1.5)
  }

  /// Where groups are wanted that have a signal, questions are drawn until there are enough, ten times at most.
  @Test func `draws again for want of signals`() async throws {
    struct Dull: Lesson {
      var source: String { "dull but for every third draw" }

      func material(by model: Decoder, at moment: LessonMoment) -> LessonMaterial {
        var groups = `Learning from rewards`.groups(model, moment.draw)
        guard moment.draw % 3 != 2 else { return .rollouts(RolloutRound(groups)) }
        for group in groups.indices {
          for index in groups[group].rollouts.indices { groups[group].rollouts[index].reward = 1 }
        }
        return .rollouts(RolloutRound(groups))
      }
    }
    let stage = Stage("reward", Dull(), `Learning from rewards`.settings(.dapo), rounds: 2)
    var training = try CourseTraining(Course([stage]), of: Self.model)
    while !training.isDone { try await training.advance() }
    #expect(training.records.map { $0.values["draws"] } == [3, 3])
    #expect(training.records.map { $0.values["groups"] } == [6, 6])
    #expect(training.records.map { $0.values["kept"] } == [2, 2])
  }

  /// A rate of tokens learned from must not count groups that are dropped.
  @Test func `counts the tokens that it learns from, not those it leaves out`() async throws {
    /// The groups of a round, all of equal rewards but the last one.
    struct Mostly: Lesson {
      var source: String { "dull but for the last group" }

      func material(by model: Decoder, at moment: LessonMoment) -> LessonMaterial {
        var groups = `Learning from rewards`.groups(model, moment.draw)
        for group in groups.indices.dropLast() {
          for index in groups[group].rollouts.indices { groups[group].rollouts[index].reward = 1 }
        }
        return .rollouts(RolloutRound(groups))
      }
    }
    var rule = LearningRule.memAgent
    for selection in [GroupSelection.Rule.drop, .all] {
      rule.selection = selection
      let stage = Stage("reward", Mostly(), `Learning from rewards`.settings(rule), rounds: 1)
      var training = try CourseTraining(Course([stage]), of: Self.model)
      guard case .rollouts(let round) = Mostly().material(by: Self.model, at: LessonMoment()) else { return }
      let kept = selection == .all ? round.groups : [round.groups.last].compactMap(\.self)
      try await training.advance()
      let tokens = kept.flatMap(\.rollouts).flatMap(\.samples).reduce(0) { $0 + $1.prompt.count + $1.tokens.count }
      #expect(training.times.trained == tokens && tokens > 0, "\(selection)")
    }
  }

  /// Parts of at most four of six sequences: the losses weighted by their targets are the loss of the whole.
  @Test func `imitates a batch in parts`() async throws {
    var stage = Stage("imitation", Copying(), Self.rates, rounds: 1)
    var whole = try CourseTraining(Course([stage]), of: Self.model)
    stage.microbatch = 4
    var parts = try CourseTraining(Course([stage]), of: Self.model)
    let (a, b) = (try await whole.advance().values, try await parts.advance().values)
    for key in ["loss", "norm"] { #expect(abs((a[key] ?? 0) - (b[key] ?? 1)) < 1e-5) }
    #expect(a["right"] == b["right"])
  }

  @Test func `refuses material of another kind`() async throws {
    let stage = Stage("reward", Copying(), `Learning from rewards`.settings(), rounds: 1)
    var training = try CourseTraining(Course([stage]), of: Self.model)
    await #expect(throws: LearningError.self) { try await training.advance() }
    #expect(training.round == 0 && training.records.isEmpty)
  }

  @Test func `resumes with the same stages and its own log alone`() async throws {
    let scratch = try Scratch()
    let files = CourseTraining<Decoder>.Files(scratch.file("training").path)
    var training = try CourseTraining(Self.course(), of: Self.model)
    for _ in 0..<3 { try await training.advance() }
    try training.write(to: files)
    var other = Self.course()
    other.stages[0].rounds = 31
    #expect(throws: LearningError.self) { try CourseTraining(files, other, of: Self.model) }
    other = Self.course()
    other.stages[2].rounds = 6  // not reached yet
    #expect(try CourseTraining(files, other, of: Self.model).records == training.records)

    let log = URL(filePath: files.log)
    let lines = try String(contentsOf: log, encoding: .utf8)
    // A line more was written when the process was killed before its checkpoint.
    try Data((lines + "{\"half").utf8).write(to: log)
    #expect(try CourseTraining(files, Self.course(), of: Self.model).records == training.records)
    for broken in ["", "{}\n{}\n{}\n", lines.replacing("\"round\"", with: "\"sound\"")] {
      try Data(broken.utf8).write(to: log)
      #expect(throws: LearningError.self) { try CourseTraining(files, Self.course(), of: Self.model) }
    }
  }

  @Test func `changes settings at rounds`() {
    let curriculum = Curriculum(6, [.init(from: 10, 24), .init(from: 20, 48)])
    #expect([0, 9, 10, 19, 20, 500].map { curriculum.value(at: $0) } == [6, 6, 24, 24, 48, 48])
  }
}
