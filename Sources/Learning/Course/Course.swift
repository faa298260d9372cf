import Palimpsest
import Tensors
import Transformers

/// A training in stages, one after the other: recall, imitation, reward. The weights go from stage to stage; each
/// stage begins with a new optimiser.
///
///     let course = Course([
///       Stage("imitation", imitation, settings, rounds: 900),
///       Stage("reward", readings, RewardSettings(.memAgent, slower), rounds: 200),
///     ], exam: exam, every: 25)
///     var training = CourseTraining(course, of: model)
///     while !training.isDone { try await training.advance() }
public struct Course<Model: SequenceModel>: Sendable {
  /// In their order; their names differ.
  public var stages: [Stage<Model>]
  /// Held at intervals and at the end of each stage; nil for none.
  public var exam: (any Exam<Model>)?
  /// Rounds of a stage between two exams; nil has exams at the end of stages alone.
  public var interval: Int?

  /// - Precondition: a stage at least, each with a name of its own.
  public init(_ stages: [Stage<Model>], exam: (any Exam<Model>)? = nil, every interval: Int? = nil) {
    precondition(!stages.isEmpty && Set(stages.map(\.name)).count == stages.count, "stages \(stages.map(\.name))")
    precondition(interval ?? 1 > 0, "an exam every \(interval ?? 0) rounds")
    self.stages = stages
    self.exam = exam
    self.interval = interval
  }
}

/// One stage of a course: what rounds are made by, how they are learned from, and how many there are.
public struct Stage<Model: SequenceModel>: Sendable {
  /// How the material of a round becomes steps.
  public enum Method: Sendable, Codable, Hashable {
    /// Each round is one step against the loss of its sequences.
    case imitation(TrainingSettings)
    /// Each round is as many steps as minibatches, against the objective of a rule.
    case reward(RewardSettings)
  }

  /// In logs and figures.
  public var name: String
  /// What a round is made by.
  public var lesson: any Lesson<Model>
  /// How it is learned from.
  public var learning: Method
  /// The most rounds; a lesson may end its stage earlier.
  public var rounds: Int
  /// The most sequences of a pass where sequences are imitated; nil takes a batch in one pass.
  public var microbatch: Int?

  /// A stage whose rounds are steps against the loss of sequences.
  ///
  /// - Precondition: a round at least.
  public init(
    _ name: String, _ lesson: some Lesson<Model>, _ settings: TrainingSettings, rounds: Int, microbatch: Int? = nil
  ) {
    self.init(name, lesson, .imitation(settings), rounds: rounds)
    self.microbatch = microbatch
  }

  /// A stage whose rounds are rollouts with rewards.
  ///
  /// - Precondition: a round at least.
  public init(_ name: String, _ lesson: some Lesson<Model>, _ settings: RewardSettings, rounds: Int) {
    self.init(name, lesson, .reward(settings), rounds: rounds)
  }

  private init(_ name: String, _ lesson: any Lesson<Model>, _ learning: Method, rounds: Int) {
    precondition(rounds > 0, "\(name) has \(rounds) rounds")
    self.name = name
    self.lesson = lesson
    self.learning = learning
    self.rounds = rounds
  }

  /// Everything that a resumed training must agree in, as one line.
  var identity: String {
    get throws {
      let (settings, more) = (try Training<Model>.line(of: learning), microbatch.map { ", passes of \($0)" } ?? "")
      return "\(name): \(rounds) rounds of \(lesson.source), \(settings)\(more)"
    }
  }
}

/// What is logged of one round: a line of JSON, the same in every run of the same training.
public struct RoundRecord: Sendable, Codable, Hashable {
  /// Name of the stage.
  public var stage: String
  /// Rounds of the stage by now, from 1.
  public var round: Int
  /// Steps of the stage's optimiser by now.
  public var step: Int
  /// Numbers by name; docs/learning.md has the list.
  public var values: [String: Double]
  /// The scores of an exam behind this round; nil where none was held.
  public var exam: [ExamScore]?

  /// Without an exam unless there was one.
  public init(stage: String, round: Int, step: Int, values: [String: Double], exam: [ExamScore]? = nil) {
    self.stage = stage
    self.round = round
    self.step = step
    self.values = values
    self.exam = exam
  }
}
