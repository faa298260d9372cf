import Basics
import Checkpoints
import Foundation
import Learning
import Miniature
import Palimpsest
import Tasks
import Transformers

/// A `ConvolvedDecoder` that learns the task symbols from random weights.
public struct MiniatureLearner: Learner {
  /// Sizes and seed of the model; all have defaults.
  public struct Settings: Sendable, Codable, Hashable {
    /// Width of the residual stream.
    public var width = 64
    /// Layers there are.
    public var layers = 2
    /// Heads of each layer.
    public var heads = 4
    /// Width inside the gated unit.
    public var innerWidth = 160
    /// Positions that the convolutions see.
    public var taps = 4
    /// Positions of the longest sequence.
    public var contextLength = 256
    /// What is written at a chunk: a page, or a page with the update gate, or with both gates.
    public var form = SymbolForm.page
    /// Decides the first weights; null takes the run's.
    public var seed: UInt64?

    /// The model of the recipe: 109,000 parameters.
    public init() {}
  }

  private let settings: Settings
  private let seed: UInt64
  private let task: Spec
  private let base: SymbolTask.Settings

  /// - Throws: `SettingError` for sizes that give no model, or another task.
  public init(_ settings: Settings, for learner: LearnerSetup) throws {
    let path = learner.setup.path
    for (key, value, most) in [
      ("width", settings.width, 4096), ("layers", settings.layers, 64), ("heads", settings.heads, 64),
      ("innerWidth", settings.innerWidth, 16_384), ("taps", settings.taps, 64),
      ("contextLength", settings.contextLength, 65_536),
    ] { try path.demand((1...most).contains(value), key, value, "it lies between 1 and \(most)") }
    try path.demand(
      settings.width % (2 * settings.heads) == 0, "width", settings.width,
      "each of \(settings.heads) heads needs an even share of it")
    self.settings = settings
    seed = settings.seed ?? learner.setup.seed
    task = learner.task
    base = try Self.symbols(task, in: settings.contextLength, at: "task")
  }

  /// The settings of the task symbols.
  ///
  /// - Throws: `SettingError` for another task, or settings that give no items.
  static func symbols(_ task: Spec, in contextLength: Int, at path: String) throws -> SymbolTask.Settings {
    guard task.kind == "symbols" else {
      throw SettingError.outOfRange(
        path, found: task.kind,
        why: "the learner miniature reads the task symbols alone; choose it, or the learner adapter")
    }
    var settings = task.settings
    settings["kind"] = nil
    let symbols = try Setting.resolve(SymbolTask.Settings(), overlaid: .table(settings), at: path)
    // The catalogue knows which settings fit together.
    _ = try Catalog("task", Tasks.tasks).make(task, in: Setup(path: path))
    let prompts = SymbolPrompts()
    let chunk = [Int](repeating: 0, count: symbols.sentences * SymbolLanguage.sentence)
    // A page, its end, and a token for each gate.
    let positions = prompts.update([], page: [], chunk: chunk).count + prompts.updateLimit + 2
    guard positions <= contextLength else {
      throw SettingError.outOfRange(
        "\(path).sentences", found: "\(symbols.sentences)",
        why: "a prompt and its page then take \(positions) positions, and the learner has \(contextLength); raise its "
          + "contextLength")
    }
    return symbols
  }

  public func model() -> ConvolvedDecoder {
    ConvolvedDecoder(
      .init(
        vocabulary: SymbolLanguage.vocabulary, width: settings.width, layers: settings.layers, heads: settings.heads,
        innerWidth: settings.innerWidth, taps: settings.taps, contextLength: settings.contextLength), seed: seed)
  }

  public func exam(_ settings: ExamSettings, at path: String) throws -> any Exam<ConvolvedDecoder> {
    SymbolExams(
      exams: try settings.rows(of: task, at: path).map { row in
        let symbols = try Self.symbols(row.task, in: self.settings.contextLength, at: row.path)
        return (
          row.name,
          SymbolExam(
            symbols, lengths: [(symbols.chunks, row.items)], seed: settings.seed, form: self.settings.form)
        )
      })
  }

  public func write(_ model: ConvolvedDecoder, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.unwritable(file: folder, reason: error.systemReason)
    }
    try SymbolModel(model, form: settings.form, made: "palimpsest train").write(to: "\(folder)/model.safetensors")
  }
}

/// Exams one after the other, each with the name that the settings give it.
private struct SymbolExams: Exam {
  let exams: [(name: String, exam: SymbolExam<ConvolvedDecoder>)]

  func scores(of model: ConvolvedDecoder) throws -> [ExamScore] {
    try exams.flatMap { name, exam in
      try exam.scores(of: model).map { score in
        var score = score
        score.name = name
        return score
      }
    }
  }
}

let miniatureLearner = Catalog<LearnerKind>.Entry(
  "miniature", "a decoder of 109,000 parameters that learns the task symbols from random weights",
  source: "arXiv:2212.14052 (its convolutions)", defaults: MiniatureLearner.Settings()
) { settings, _ in
  LearnerKind(MiniatureLearner.self) { try MiniatureLearner(settings, for: $0) }
}

extension MiniatureLearner {
  public static func stages(of learner: MiniatureLearner?) -> Catalog<Stage<ConvolvedDecoder>> {
    Catalog(
      "miniature-stage",
      [
        .init(
          "recall", "looks up facts that stand before a question, and says when there is none",
          source: "arXiv:2212.14052", defaults: RecallSettings()
        ) { try $0.stage($1) },
        .init(
          "imitation", "imitates single turns of the good or the naive writer", source: "MemAgent, arXiv:2507.02259",
          defaults: ImitationSettings()
        ) { try $0.stage($1, of: learner) },
        .init(
          "reward", "is rewarded for the answers of its own readings", source: "MemAgent, arXiv:2507.02259",
          defaults: RewardSettings()
        ) { try $0.stage($1, of: learner) },
      ])
  }

  struct RecallSettings: Codable, Sendable {
    var name = "recall"
    /// The most rounds; the stage ends when it is learned.
    var rounds = 3000
    var learning = RateSettings(rate: 3e-3, warmUp: 50)
    var batch = 32
    var questions = 16
    /// The most sequences of a pass, which the processes of a group divide; null takes a step in one pass.
    var microbatch: Int?
    var absent = 0.3
    /// The share of facts found at which the level rises, and the shares at which the stage ends.
    var raised = 0.9, found = 0.97, gaps = 0.94
    var seed: UInt64?

    func stage(_ setup: Setup) throws -> Stage<ConvolvedDecoder> {
      let path = setup.path
      try StageName.check(name, rounds, at: path)
      try path.demand((1...4096).contains(batch), "batch", batch, "it lies between 1 and 4096")
      try path.demand((1...32).contains(questions), "questions", questions, "it lies between 1 and 32")
      for (key, share) in [("absent", absent), ("raised", raised), ("found", found), ("gaps", gaps)] {
        try path.demand((0...1).contains(share), key, share, "it is a share, 0 to 1")
      }
      try path.demandMicrobatch(microbatch)
      var recall = Recall()
      (recall.batch, recall.questions, recall.absent, recall.seed) = (batch, questions, absent, seed ?? setup.seed)
      return Stage(
        name, RecallLesson(recall, raised: raised, found: found, absent: gaps),
        try learning.settings(steps: rounds, at: "\(path).learning"), rounds: rounds, microbatch: microbatch)
    }
  }

  struct ImitationSettings: Codable, Sendable {
    var name = "imitation"
    var rounds = 900
    var learning = RateSettings(rate: 2e-3, warmUp: 100, schedule: .cosine, floor: 0.05)
    var batch = 64
    /// Shares of turns by the good writer, of updates with a fault, and of answers.
    var good = 1.0, faults = 0.0, answers = 0.2
    /// What is written at a chunk; null takes the learner's form.
    var form: SymbolForm?
    /// In the form `gates`, the share of naive turns that open the exit gate.
    var halts = Imitation.Gates().halts
    /// Chunks of the readings that turns are taken from.
    var chunks = 3
    /// The most sequences of a pass, which the processes of a group divide; null takes a step in one pass.
    var microbatch: Int?
    /// Sequences of recall beside every second batch; 0 for none.
    var review = 16
    /// Sequences of chains in place of every second batch of recall; null takes as many where the task has chains of two
    /// hops or more, which are not learned without.
    var chains: Int?
    var seed: UInt64?

    func stage(_ setup: Setup, of learner: MiniatureLearner?) throws -> Stage<ConvolvedDecoder> {
      let path = setup.path
      try StageName.check(name, rounds, at: path)
      try path.demand((1...4096).contains(batch), "batch", batch, "it lies between 1 and 4096")
      try path.demand((1...64).contains(chunks), "chunks", chunks, "it lies between 1 and 64")
      try path.demand((0...4096).contains(review), "review", review, "it lies between 0 and 4096")
      if let chains { try path.demand((0...4096).contains(chains), "chains", chains, "it lies between 0 and 4096") }
      try path.demandMicrobatch(microbatch)
      for (key, share) in [("good", good), ("faults", faults), ("answers", answers), ("halts", halts)] {
        try path.demand((0...1).contains(share), key, share, "it is a share, 0 to 1")
      }
      let learner = try learner.needed(at: path)
      let form = form ?? learner.settings.form
      var imitation = Imitation(learner.base, good: good, faults: faults)
      (imitation.task.chunks, imitation.batch, imitation.answers) = (chunks, batch, answers)
      imitation.seed = seed ?? setup.seed
      if form.isGated { imitation.gates = Imitation.Gates(form, halts: halts) }
      var beside = Recall()
      (beside.batch, beside.seed) = (review, imitation.seed &+ 1)
      return Stage(
        name,
        ImitationLesson(
          imitation, review: review == 0 ? nil : beside, chains: linked(of: learner.base, seed: imitation.seed)),
        try learning.settings(steps: rounds, at: "\(path).learning"), rounds: rounds, microbatch: microbatch)
    }

    private func linked(of task: SymbolTask.Settings, seed: UInt64) -> ChainRecall? {
      let count = chains ?? (task.variety == .hopchain && task.links > 1 ? review : 0)
      guard count > 0 else { return nil }
      var chains = ChainRecall()
      (chains.batch, chains.seed) = (count, seed &+ 2)
      return chains
    }
  }

  struct RewardSettings: Codable, Sendable {
    var name = "reward"
    var rounds = 200
    var learning = RateSettings(rate: 3e-4, warmUp: 80)
    var steps = RewardStepSettings()
    /// Questions of a round, and readings of each.
    var questions = 16, rollouts = 8
    /// Equal shares of the questions that are read one after the other, and divided over the processes of a group; null
    /// reads all side by side, on every process.
    var shares: Int?
    /// Taken off the reward for each token of the last page.
    var price = 0.0
    /// In a form with gates, the share of the readings of each question that are read to the end whatever they say.
    var toEnd = ReadingLesson<ConvolvedDecoder>.Terms.Gates().toEnd
    /// What of the task is another one in this stage.
    var task = Setting.table([:])
    /// From a round on, other values of `task`, `questions`, `rollouts`, `price` and `toEnd`.
    var curriculum: [Setting] = []
    var seed: UInt64?

    struct Terms: Codable {
      var task: Setting
      var questions: Int, rollouts: Int
      var price: Double, toEnd: Double
    }

    func stage(_ setup: Setup, of learner: MiniatureLearner?) throws -> Stage<ConvolvedDecoder> {
      let path = setup.path
      try StageName.check(name, rounds, at: path)
      let learner = try learner.needed(at: path)
      let terms = Terms(task: task, questions: questions, rollouts: rollouts, price: price, toEnd: toEnd)
      let curriculum = try Curriculum(terms, curriculum, at: "\(path).curriculum") { terms, path in
        try path.demandRound(questions: terms.questions, rollouts: terms.rollouts)
        if let shares {
          try path.demand(
            shares > 0 && terms.questions % shares == 0, "shares", shares,
            "\(terms.questions) questions are cut into shares of equal size")
        }
        try path.demand(terms.price.isFinite && terms.price >= 0, "price", terms.price, "it is 0 or more")
        try path.demand((0...1).contains(terms.toEnd), "toEnd", terms.toEnd, "it is a share, 0 to 1")
        let task = try learner.task.overridden(by: terms.task, at: "\(path).task")
        let form = learner.settings.form
        return ReadingLesson<ConvolvedDecoder>.Terms(
          try MiniatureLearner.symbols(task, in: learner.settings.contextLength, at: "\(path).task"),
          questions: terms.questions, rollouts: terms.rollouts, price: terms.price,
          gates: form.isGated ? .init(form, toEnd: terms.toEnd) : nil)
      }
      var lesson = ReadingLesson<ConvolvedDecoder>(curriculum, seed: seed ?? setup.seed)
      lesson.shares = shares
      return Stage(
        name, lesson,
        try steps.settings(learning, rounds: rounds, setup: setup, at: path), rounds: rounds)
    }
  }
}
