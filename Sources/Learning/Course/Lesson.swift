import Palimpsest

/// What a round of training is made by: sequences to be imitated, or rollouts to be rewarded.
///
///     lesson ─▶ material ─▶ learning (one step, or one round of steps) ─▶ note
///
/// - The material derives from the weights and the moment alone, so a training can be resumed at any round. Random
///   numbers derive from a seed of the lesson and `moment.draw`.
/// - A lesson that depends on how far the model is (a level that rises, an end before the last round) keeps a few
///   numbers by name, its readings; they are saved with the training, and logged.
public protocol Lesson<Model>: Sendable {
  /// The model that is taught.
  associatedtype Model: SequenceModel

  /// Identifies the data and the settings, in words or as a hash: a training resumes only with the same.
  var source: String { get }

  /// The material of a round.
  ///
  /// - Parameter model: with its present weights.
  /// - Throws: where data or policy fail; `CancellationError` where the process is to end.
  func material(by model: Model, at moment: LessonMoment) async throws -> LessonMaterial

  /// The material of a round for the processes of a group: all of them have all of it, with the bits that one process
  /// comes to.
  ///
  /// What takes long is divided. A lesson without a method of its own makes everything on every process.
  ///
  /// - Throws: where data or policy fail, on all processes where the work was divided.
  func material(
    by model: Model, at moment: LessonMoment, in group: any ProcessGroup
  ) async throws -> LessonMaterial

  /// Takes in how a round went.
  ///
  /// - Parameter readings: the lesson's own, to be changed.
  func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double])

  /// Whether the stage ends before its last round.
  func isLearned(_ readings: [String: Double]) -> Bool
}

extension Lesson {
  /// Everything on every process.
  public func material(
    by model: Model, at moment: LessonMoment, in group: any ProcessGroup
  ) async throws -> LessonMaterial {
    try await material(by: model, at: moment)
  }

  /// Keeps nothing.
  public func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {}
  /// Every round is taken.
  public func isLearned(_ readings: [String: Double]) -> Bool { false }
}

/// Where a training stands when it asks a lesson for material.
public struct LessonMoment: Sendable, Hashable {
  /// The round of the stage, from 0: settings that change with time go by it.
  public var round: Int
  /// How often material was drawn in this stage, from 0. It is the round, unless rounds draw again for want of groups
  /// with a signal (dynamic sampling): questions and random numbers go by it.
  public var draw: Int
  /// The lesson's own readings.
  public var readings: [String: Double]

  /// The first round unless told otherwise.
  public init(round: Int = 0, draw: Int = 0, readings: [String: Double] = [:]) {
    self.round = round
    self.draw = draw
    self.readings = readings
  }
}

/// The material of a round.
public enum LessonMaterial: Sendable, Hashable {
  /// Sequences with targets: each batch has its mean loss, and the losses are added.
  case sequences([SupervisedBatch])
  /// Rollouts with rewards.
  case rollouts(RolloutRound)
}

/// The rollouts of one draw.
public struct RolloutRound: Sendable, Codable, Hashable {
  /// G readings of each question.
  public var groups: [RolloutGroup]
  /// Why readings failed, one line each: they are in no group, and nothing is learned from them.
  public var failures: [String]

  /// Without failures all readings are in the groups.
  public init(_ groups: [RolloutGroup], failures: [String] = []) {
    self.groups = groups
    self.failures = failures
  }
}

/// How a round went.
public enum RoundOutcome: Sendable {
  /// Per batch, sequence and target, whether the likeliest token was the right one.
  case imitated([[[Bool]]])
  /// What the learner counted.
  case rewarded(RewardRound)
}

/// Settings that change at certain rounds: lengths that grow, hops that are added.
///
///     Curriculum(short, [(from: 100, long)])
public struct Curriculum<Value: Sendable & Codable & Hashable>: Sendable, Codable, Hashable {
  /// From a round on.
  public struct Change: Sendable, Codable, Hashable {
    /// The first round it holds for.
    public var from: Int
    /// What holds from then on.
    public var value: Value

    /// From a round on.
    public init(from: Int, _ value: Value) {
      self.from = from
      self.value = value
    }
  }

  /// What holds at first.
  public var first: Value
  /// What holds later, in rising order of rounds.
  public var changes: [Change]

  /// - Precondition: rounds rise, from 1.
  public init(_ first: Value, _ changes: [Change] = []) {
    precondition(
      zip([0] + changes.map(\.from), changes.map(\.from)).allSatisfy { $0 < $1 },
      "changes at rounds \(changes.map(\.from))")
    self.first = first
    self.changes = changes
  }

  /// What holds in a round.
  public func value(at round: Int) -> Value { changes.last { $0.from <= round }?.value ?? first }
}
