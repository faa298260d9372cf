import Learning
import Palimpsest
import Tensors

/// How the weights of a stage move: `learning` in the settings of a stage.
public struct RateSettings: Sendable, Codable, Hashable {
  /// What the rate does behind the warm-up.
  public enum Course: String, Choice { case constant, cosine }

  /// The highest rate.
  public var rate: Float
  /// Steps of the linear warm-up.
  public var warmUp: Int
  /// What the rate does behind the warm-up; a cosine falls to the end of the stage.
  public var schedule = Course.constant
  /// The share of the highest rate at the end of a cosine, 0...1.
  public var floor: Float = 0
  /// AdamW's averages.
  public var beta1: Float = 0.9, beta2: Float = 0.98
  /// AdamW's decay.
  public var decay: Float = 0.01
  /// The norm that gradients are clipped to; null leaves them.
  public var clipping: Float? = 1

  /// Constant unless told otherwise; the averages are those of the recipe.
  public init(rate: Float, warmUp: Int, schedule: Course = .constant, floor: Float = 0) {
    self.rate = rate
    self.warmUp = warmUp
    self.schedule = schedule
    self.floor = floor
  }

  /// - Parameters:
  ///   - steps: of the stage's optimiser.
  ///   - path: where the settings stand, for messages.
  /// - Throws: `SettingError.outOfRange`.
  public func settings(steps: Int, at path: String) throws -> TrainingSettings {
    try path.demand(rate > 0 && rate <= 1, "rate", rate, "it lies above 0 and up to 1")
    try path.demand(warmUp >= 0, "warmUp", warmUp, "it is a number of steps, 0 or more")
    try path.demand(
      schedule == .constant || warmUp < steps, "warmUp", warmUp, "a cosine of \(steps) steps has fewer of warm-up")
    try path.demand((0...1).contains(floor), "floor", floor, "it is a share of the rate, 0 to 1")
    try path.demand((0..<1).contains(beta1), "beta1", beta1, "it lies from 0 to below 1")
    try path.demand((0..<1).contains(beta2), "beta2", beta2, "it lies from 0 to below 1")
    try path.demand(decay >= 0 && decay.isFinite, "decay", decay, "it is 0 or more")
    if let clipping { try path.demand(clipping > 0, "clipping", clipping, "it is a norm above 0, or null") }
    var settings = TrainingSettings(
      Schedule(
        schedule == .constant ? .constant : .cosine, peak: rate, warmUp: warmUp, steps: steps, floor: rate * floor),
      clipping: clipping)
    (settings.optimiser.beta1, settings.optimiser.beta2, settings.optimiser.decay) = (beta1, beta2, decay)
    return settings
  }
}

/// How rewards become steps: what the settings of every stage with rewards have.
public struct RewardStepSettings: Sendable, Codable, Hashable {
  /// The rule by name, whose parts may be overridden.
  public var rule = Spec("memagent")
  /// Parts into which the rows of a round are cut, a step each.
  public var minibatches = 4
  /// Parts of a minibatch that are computed one after the other, for less memory; null computes it as one.
  public var microbatches: Int?

  /// MemAgent's rule with four minibatches.
  public init() {}

  /// - Throws: `SettingError`; `LearningError.unfit` for parts of a rule that contradict each other.
  public func settings(
    _ learning: RateSettings, rounds: Int, setup: Setup, at path: String
  ) throws -> RewardSettings {
    let own = "\(path).steps"
    try own.demand((1...4096).contains(minibatches), "minibatches", minibatches, "it lies between 1 and 4096")
    if let microbatches {
      try own.demand(
        (1...4096).contains(microbatches), "microbatches", microbatches, "it lies between 1 and 4096, or is null")
    }
    var inner = setup
    inner.path = "\(own).rule"
    let settings = RewardSettings(
      try Catalog.rules.make(rule, in: inner),
      try learning.settings(steps: rounds * minibatches, at: "\(path).learning"), minibatches: minibatches,
      microbatches: microbatches, seed: setup.seed)
    return settings
  }
}

extension Catalog where Product == LearningRule {
  /// The rules by name; settings override their parts.
  public static var rules: Self {
    let words: [String: (summary: String, source: String)] = [
      "grpo": ("group-relative advantages over the deviation, mean per conversation, β = 0.04", "arXiv:2402.03300"),
      "dapo": ("clip-higher, mean over tokens, groups drawn until there is a signal", "arXiv:2503.14476"),
      "dr-grpo": ("neither deviation nor length divides", "arXiv:2503.20783"),
      "reinforce": ("reward times ln π, no baseline", "Williams 1992"),
      "ppo": ("a value head instead of a group", "arXiv:1707.06347"),
      "memagent": ("multi-conversation DAPO: no deviation, 0.2/0.2, dual clip, β = 0.001", "arXiv:2507.02259"),
      "gru-mem": ("MemAgent's with turn rewards, α = 0.9", "arXiv:2602.10560"),
    ]
    return Catalog(
      "rule",
      LearningRule.named.map { name, rule in
        .init(name, words[name]?.summary ?? "", source: words[name]?.source ?? "", defaults: rule) { rule, setup in
          try rule.check(at: setup.path)
          return rule
        }
      })
  }
}

extension LearningRule {
  /// - Throws: `SettingError.outOfRange` for numbers that no rule has.
  func check(at path: String) throws {
    try path.demand((0...1).contains(advantages.alpha), "advantages.alpha", advantages.alpha, "it is a share, 0 to 1")
    for (key, value) in [("clipLow", objective.clipLow), ("clipHigh", objective.clipHigh)] {
      try path.demand(value > 0 && value.isFinite, "objective.\(key)", value, "it lies above 0")
    }
    if let dual = objective.dualClip {
      try path.demand(dual > 1, "objective.dualClip", dual, "it lies above 1, or is null")
    }
    for (key, value) in [
      ("divergenceWeight", objective.divergenceWeight), ("entropyWeight", objective.entropyWeight),
    ] { try path.demand(value.isFinite && value >= 0, "objective.\(key)", value, "it is 0 or more") }
    guard let critic else { return }
    try path.demand(selection == .all, "selection", selection.rawValue, "a critic judges every rollout; choose all")
    try path.demand(critic.weight > 0, "critic.weight", critic.weight, "it lies above 0")
    let advantages = critic.advantages
    for (key, value) in [("discount", advantages.discount), ("lambda", advantages.lambda)] {
      try path.demand((0...1).contains(value), "critic.advantages.\(key)", value, "it lies between 0 and 1")
    }
  }
}

extension Curriculum {
  /// What holds at first, and tables that override it from a round on: `{from: 100, …}`.
  ///
  /// - Parameter make: the value of what is overridden.
  /// - Throws: `SettingError` at the entry, counted from 1.
  init<Terms: Codable>(
    _ first: Terms, _ changes: [Setting], at path: String, _ make: (Terms, _ path: String) throws -> Value
  ) throws {
    var (terms, made): (Terms, [Change]) = (first, [])
    for (index, change) in changes.enumerated() {
      let place = "\(path).\(index + 1)"
      guard case .table(var table) = change else {
        throw SettingError.wrongValue(place, found: change.line, expected: "a table with from: ROUND")
      }
      guard case .int(let from)? = table.removeValue(forKey: "from"), from > made.last?.from ?? 0 else {
        throw SettingError.outOfRange(
          "\(place).from", found: change["from"]?.line ?? "not set",
          why: "it is a round behind \(made.last.map { "that of the entry before, \($0.from)" } ?? "the first, 0")")
      }
      terms = try Setting.resolve(terms, overlaid: .table(table), at: place)
      made.append(Change(from: from, try make(terms, place)))
    }
    self.init(try make(first, path), made)
  }
}

enum StageName {
  /// - Throws: `SettingError.outOfRange`.
  static func check(_ name: String, _ rounds: Int, at path: String) throws {
    try path.demand(
      (1...40).contains(name.count)
        && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) },
      "name", name, "it has 1 to 40 letters, digits, points and dashes, because folders are called so")
    try path.demand((1...10_000_000).contains(rounds), "rounds", rounds, "it lies between 1 and 10,000,000")
  }
}

extension String {
  /// Demands that a round has questions, and each of them readings, in numbers that can be held.
  ///
  /// - Throws: `SettingError.outOfRange`.
  func demandRound(questions: Int, rollouts: Int) throws {
    try demand((1...4096).contains(questions), "questions", questions, "it lies between 1 and 4096")
    try demand((1...1024).contains(rollouts), "rollouts", rollouts, "it lies between 1 and 1024")
  }

  /// - Throws: `SettingError.outOfRange`.
  func demandMicrobatch(_ size: Int?) throws {
    guard let size else { return }
    try demand((1...4096).contains(size), "microbatch", size, "it lies between 1 and 4096, or is null")
  }
}

extension Optional where Wrapped: Learner {
  /// - Throws: `SettingError.malformed` where stages are only listed.
  func needed(at path: String) throws -> Wrapped {
    guard let self else { throw SettingError.malformed(path, reason: "a stage is made by a learner") }
    return self
  }
}

extension Spec {
  /// The same with other settings; a table with another `kind` is a specification of its own.
  ///
  /// - Throws: `SettingError.wrongValue` for what is no table.
  func overridden(by setting: Setting, at path: String) throws -> Spec {
    guard case .table(var table) = setting else {
      throw SettingError.wrongValue(path, found: setting.line, expected: "a table of settings of the task")
    }
    guard let other = table.removeValue(forKey: "kind") else { return Spec(kind, settings.merging(table) { $1 }) }
    guard case .string(let name) = other else {
      throw SettingError.wrongValue("\(path).kind", found: other.line, expected: "the name of a task")
    }
    return Spec(name, name == kind ? settings.merging(table) { $1 } : table)
  }
}
