import Learning
import Models
import Palimpsest
import PolicyLocal
import Settings
import Transformers

/// A low-rank adapter of a published model that learns to read with any memory, on any task. The model stays as it is.
public struct AdapterLearner: Learner {
  /// The model, the adapter and the reader; the folder of the model has to be named.
  public struct Settings: Sendable, Codable, Hashable {
    /// The model: its folder or `.gguf` file, how it is held, its chat format, and how many replies are written side by
    /// side. `temperature` is that of rollouts; exams are greedy.
    public var policy = Self.rolloutPolicy
    /// Rank of the adapter, and the numerator of its scale; null takes the rank.
    public var rank = 8
    public var alpha: Float?
    /// The adapted matrices of each layer.
    public var matrices: [Adapter.Matrix] = [.queries, .values]
    /// Whether the scale is divided by the root of the rank.
    public var isRankStabilised = false
    /// The folder of an adapter to begin with; null begins with one that changes nothing.
    public var start: String?
    /// Decides the first weights; null takes the run's.
    public var seed: UInt64?
    /// Cuts the text.
    public var chunker = Spec("tokens")
    /// What is kept.
    public var memory = Spec("overwrite")
    /// Decides about writes and the exit.
    public var gate = Spec("replied")
    /// Counts chunks and budgets.
    public var tokenizer = Spec("words")
    /// A YAML file of templates that replace the built-in prompts.
    public var prompts: String?
    /// The most tokens of an answer.
    public var answerTokens = 64
    /// What exams score by.
    public var verifier = Spec("em")

    /// Rank 8 on queries and values.
    public init() {}

    /// Drawn at temperature 1, as ratios need it.
    private static var rolloutPolicy: LocalPolicy.Settings {
      var settings = LocalPolicy.Settings()
      settings.temperature = 1
      return settings
    }
  }

  /// The reader's parts with the run's seed.
  private struct ReaderParts: Parts {
    var chunker: Spec
    var memory: Spec
    var gate: Spec
    var policy: Spec
    var tokenizer: Spec
    var seed: UInt64
    var prompts: String?
  }

  private let settings: Settings
  private let seed: UInt64
  private let path: String
  private let task: Spec
  private let language: LanguageModel
  private let decoder: Decoder
  private let setup: Setup

  /// - Throws: `SettingError` for settings that do not fit together; `CheckpointError` and `LocalError` for a model that
  ///   cannot be read, or is no decoder.
  public init(_ settings: Settings, for learner: LearnerSetup) throws {
    let path = learner.setup.path
    guard !settings.policy.weights.isEmpty else {
      throw SettingError.outOfRange(
        "\(path).policy.weights", found: "empty", why: "it names the folder of a model, or a .gguf file")
    }
    try settings.policy.check(at: "\(path).policy")
    try path.demand((1...4096).contains(settings.rank), "rank", settings.rank, "it lies between 1 and 4096")
    if let alpha = settings.alpha { try path.demand(alpha > 0 && alpha.isFinite, "alpha", alpha, "it lies above 0") }
    try path.demand(!settings.matrices.isEmpty, "matrices", "[]", "an adapter changes at least one matrix")
    try path.demand(
      (1...1_000_000).contains(settings.answerTokens), "answerTokens", settings.answerTokens,
      "it lies between 1 and 1,000,000")
    let policy = settings.policy
    let isPlain = policy.temperature == 1 && policy.topP ?? 1 == 1 && policy.topK == nil && policy.minP ?? 0 == 0
    try path.demand(
      isPlain, "policy.temperature", policy.temperature.map { "\($0)" } ?? "null",
      "rollouts are drawn at temperature 1 with nothing cut off, or the ratio of the loss is not 1 at the beginning")
    self.settings = settings
    self.path = path
    seed = settings.seed ?? learner.setup.seed
    task = learner.task
    setup = Setup(
      seed: learner.setup.seed,
      tokenizer: try Catalog.tokenizers.make(settings.tokenizer, in: Setup(path: "\(path).tokenizer")))
    language = try LanguageModel(
      folder: policy.weights, storage: policy.quantise.storage,
      activations: policy.activations == .exact ? .exact : .rounded, template: policy.format)
    guard let decoder = language.decoder else {
      throw SettingError.outOfRange(
        "\(path).policy.weights", found: policy.weights, why: "adapters change the matrices of decoders, and it is none"
      )
    }
    self.decoder = decoder
  }

  public func model() throws -> AdaptedDecoder {
    let configuration = decoder.configuration
    if let start = settings.start { return AdaptedDecoder(decoder, try Adapter(folder: start, for: configuration)) }
    return AdaptedDecoder(
      decoder,
      Adapter(
        for: configuration, rank: settings.rank, alpha: settings.alpha, matrices: Set(settings.matrices),
        isRankStabilised: settings.isRankStabilised, seed: seed))
  }

  public func write(_ model: AdaptedDecoder, to folder: String) throws {
    try model.adapter?.write(to: folder, base: settings.policy.weights)
  }

  /// A reader with a policy.
  private func reader(_ policy: any Policy) throws -> Reader {
    let templates = try settings.prompts.map { try PromptTemplates(file: $0) } ?? PromptTemplates()
    func at(_ key: String) -> Setup {
      var setup = setup
      (setup.path, setup.templates) = ("\(path).\(key)", templates)
      return setup
    }
    let reader = Reader(
      chunker: try Catalog.chunkers.make(settings.chunker, in: at("chunker")),
      memory: try Catalog.memories.make(settings.memory, in: at("memory")),
      gate: try Catalog.gates.make(settings.gate, in: at("gate")), policy: policy,
      sampling: Sampling(maxTokens: settings.answerTokens), templates: templates)
    try templates.check(against: reader.prompts)
    try reader.check()
    return reader
  }

  private func policy(greedy: Bool = false) throws -> LocalPolicy {
    var policy = settings.policy
    policy.adapter = nil
    if greedy { policy.temperature = 0 }
    return try LocalPolicy(language, policy, seed: setup.seed)
  }

  private func adapted(greedy: Bool = false) throws -> AdapterReader {
    let policy = try policy(greedy: greedy)
    return AdapterReader(reader: try reader(policy), policy: policy)
  }

  private func verifier(_ spec: Spec, at path: String) throws -> any Verifier {
    var setup = setup
    setup.path = path
    return try Catalog.verifiers.make(spec, in: setup)
  }

  private func ring(_ task: Spec, seed: UInt64, at path: String) throws -> QuestionRing {
    var setup = setup
    setup.path = path
    return try QuestionRing(try Catalog.tasks.make(task, in: setup), seed: seed, at: path)
  }

  public func exam(_ exam: ExamSettings, at path: String) throws -> any Exam<AdaptedDecoder> {
    AdapterExam(
      reader: try adapted(greedy: true),
      rows: try exam.rows(of: task, at: path).map { row in
        (row.name, try ring(row.task, seed: exam.seed, at: row.path), row.items)
      }, verifier: try verifier(settings.verifier, at: "\(self.path).verifier"))
  }

  /// Settings of the readings, as one line that tells trainings apart.
  private var source: String {
    get throws {
      var settings = settings
      // Neither changes what is read.
      settings.policy.batch = 0
      settings.verifier = Spec("em")
      return try Setting(describing: settings).line
    }
  }
}

let adapterLearner = Catalog<LearnerKind>.Entry(
  "adapter", "a low-rank adapter of a published model, with any memory, task and verifier",
  source: "LoRA (arXiv:2106.09685)", defaults: AdapterLearner.Settings()
) { settings, _ in
  LearnerKind(AdapterLearner.self) { try AdapterLearner(settings, for: $0) }
}

extension AdapterLearner {
  public static func stages(of learner: AdapterLearner?) -> Catalog<Stage<AdaptedDecoder>> {
    Catalog(
      "adapter-stage",
      [
        .init(
          "imitation", "imitates the exchanges of readings by another policy", source: "MemAgent, arXiv:2507.02259",
          defaults: ImitationSettings()
        ) { try $0.stage($1, of: learner) },
        .init(
          "reward", "is rewarded for its own readings", source: "MemAgent, arXiv:2507.02259",
          defaults: RewardSettings()
        ) { try $0.stage($1, of: learner) },
      ])
  }

  struct ImitationSettings: Codable, Sendable {
    var name = "imitation"
    var rounds = 200
    var learning = RateSettings(rate: 2e-4, warmUp: 20, schedule: .cosine, floor: 0.1)
    /// Reads the demonstrations.
    var teacher = Spec("extractive")
    /// Questions of a step, and the most exchanges that are taken of each; the answer is always among them.
    var questions = 4, turns = 4
    /// A reading is imitated where `verifier` gives it at least this; null imitates all.
    var least: Double?
    var verifier = Spec("em")
    /// The most sequences of a pass; null takes a step in one pass.
    var microbatch: Int? = 4
    /// What of the task is another one in this stage.
    var task = Setting.table([:])
    var seed: UInt64?

    func stage(_ setup: Setup, of learner: AdapterLearner?) throws -> Stage<AdaptedDecoder> {
      let path = setup.path
      try StageName.check(name, rounds, at: path)
      try path.demand((1...4096).contains(questions), "questions", questions, "it lies between 1 and 4096")
      try path.demand((1...4096).contains(turns), "turns", turns, "it lies between 1 and 4096")
      try path.demandMicrobatch(microbatch)
      let learner: AdapterLearner = try learner.needed(at: path)
      let seed = seed ?? setup.seed
      var own = learner.setup
      own.path = "\(path).teacher"
      let task = try learner.task.overridden(by: task, at: "\(path).task")
      let lesson = AdapterImitationLesson(
        source: "imitation \(try Setting(describing: self).line), of \(try learner.source), \(task.line), seed \(seed)",
        teacher: try learner.reader(Catalog.policies.make(teacher, in: own)), policy: try learner.policy(),
        ring: try learner.ring(task, seed: seed, at: "\(path).task"), questions: questions, turns: turns,
        least: try least.map { ($0, try learner.verifier(verifier, at: "\(path).verifier")) }, seed: seed)
      return Stage(
        name, lesson, try learning.settings(steps: rounds, at: "\(path).learning"), rounds: rounds,
        microbatch: microbatch)
    }
  }

  struct RewardSettings: Codable, Sendable {
    /// A part of the reward.
    struct Term: Codable, Sendable {
      /// In the log.
      var name: String
      var weight: Double
      var verifier: Spec
    }

    var name = "reward"
    var rounds = 100
    var learning = RateSettings(rate: 5e-5, warmUp: 20)
    var steps = RewardStepSettings()
    /// The reward of a trajectory is the weighted sum.
    var reward = [Term(name: "outcome", weight: 1, verifier: Spec("em"))]
    /// Its credits are the rewards of the turns, for rules that mix them; null for none.
    var turns: Spec?
    /// Questions of a round, and readings of each.
    var questions = 8, rollouts = 8
    /// What of the task is another one in this stage.
    var task = Setting.table([:])
    /// From a round on, other values of `task`, `questions` and `rollouts`.
    var curriculum: [Setting] = []
    var seed: UInt64?

    struct Terms: Codable {
      var task: Setting
      var questions: Int, rollouts: Int
    }

    func stage(_ setup: Setup, of learner: AdapterLearner?) throws -> Stage<AdaptedDecoder> {
      let path = setup.path
      try StageName.check(name, rounds, at: path)
      let learner: AdapterLearner = try learner.needed(at: path)
      let seed = seed ?? setup.seed
      try path.demand(!reward.isEmpty, "reward", "[]", "a sum needs at least one term")
      let terms = try reward.enumerated().map { index, term in
        let place = "\(path).reward.\(index + 1)"
        try place.demand(term.weight.isFinite, "weight", term.weight, "a weight is a number")
        return (term.name, term.weight, try learner.verifier(term.verifier, at: "\(place).verifier"))
      }
      var rings: [QuestionRing] = []
      let first = Terms(task: task, questions: questions, rollouts: rollouts)
      let curriculum = try Curriculum(first, curriculum, at: "\(path).curriculum") { terms, path in
        try path.demandRound(questions: terms.questions, rollouts: terms.rollouts)
        let task = try learner.task.overridden(by: terms.task, at: "\(path).task")
        rings.append(try learner.ring(task, seed: seed, at: "\(path).task"))
        return AdapterRewardLesson.Terms(ring: rings.count - 1, questions: terms.questions, rollouts: terms.rollouts)
      }
      let lesson = AdapterRewardLesson(
        source:
          "reward \(try Setting(describing: self).line), of \(try learner.source), \(learner.task.line), seed \(seed)",
        reader: try learner.adapted(), rings: rings, curriculum: curriculum,
        rewards: ReadingRewards(
          terms: terms, turns: try turns.map { try learner.verifier($0, at: "\(path).turns") }))
      return Stage(
        name, lesson, try steps.settings(learning, rounds: rounds, setup: setup, at: path), rounds: rounds)
    }
  }
}

extension Spec {
  /// As one line, the same for equal specifications.
  fileprivate var line: String { Setting.table(settings.merging(["kind": .string(kind)]) { $1 }).line }
}
