import Learning
import Palimpsest
import Settings
import Transformers

/// A model that a configuration names, with the stages in which it can be taught.
public protocol Learner: Sendable {
  /// What learns.
  associatedtype Model: SequenceModel

  /// The stages by name.
  ///
  /// - Parameter learner: nil lists them: what an entry makes then is refused.
  static func stages(of learner: Self?) -> Catalog<Stage<Model>>

  /// The model before anything is learned.
  func model() throws -> Model

  /// Fixed items of the learner's task.
  func exam(_ settings: ExamSettings, at path: String) throws -> any Exam<Model>

  /// Writes a trained model into a folder, in the form in which other programs read it.
  func write(_ model: Model, to folder: String) throws
}

/// What learners are made of beside their own settings.
public struct LearnerSetup: Sendable {
  /// The run's seed, and the path of the learner's settings.
  public var setup: Setup
  /// The questions.
  public var task: Spec

  /// - Parameter task: is checked by the learner.
  public init(_ setup: Setup, task: Spec) {
    self.setup = setup
    self.task = task
  }
}

/// A kind of learner by name.
public struct LearnerKind: Sendable {
  /// Makes one for a task.
  public let make: @Sendable (LearnerSetup) throws -> any Learner
  /// Its stages, to be listed.
  public let stages: Family

  init<Kind: Learner>(_ kind: Kind.Type, make: @escaping @Sendable (LearnerSetup) throws -> Kind) {
    self.make = make
    stages = Family(Kind.stages(of: nil))
  }
}

extension Catalog where Product == LearnerKind {
  /// Every learner.
  public static var learners: Self { Catalog("learner", [miniatureLearner, adapterLearner]) }
}

extension Family {
  /// What configurations of trainings name: learners, the stages of each, and rules.
  public static var training: [Family] {
    [Family(Catalog.learners)]
      + Catalog.learners.entries.compactMap { try? Catalog.learners.make(Spec($0.name)).stages }
      + [Family(Catalog.rules)]
  }
}
