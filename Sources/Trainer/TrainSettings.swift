import Foundation
import Learning
import Palimpsest
import Settings
import Terminal

/// The configuration of a training: what learns, from what, and in which stages.
///
///     learner: miniature
///     task: {kind: symbols, split: train}
///     stages:
///       - {kind: recall}
///       - {kind: imitation, rounds: 900}
///       - {kind: reward, rounds: 200, rule: memagent}
///     exam: {every: 25, task: {split: test}, lengths: [{chunks: 6, items: 512}]}
public struct TrainSettings: ExperimentSettings {
  /// Every random number derives from it, unless a stage has a seed of its own.
  public var seed: UInt64 = 1
  /// What learns.
  public var learner = Spec("miniature")
  /// Where questions come from.
  public var task = Spec("symbols")
  /// One after the other.
  public var stages: [Spec] = []
  /// Measures the model on fixed items while it learns.
  public var exam = ExamSettings()
  /// Rounds between two saves.
  public var saveEvery = 25
  /// Whether the rollouts of every draw are kept, for `replay`.
  public var keepRollouts = false
  /// The folder of a run whose rollouts are learned from instead of new ones.
  public var replay: String?

  /// The miniature on the task symbols; stages have to be named.
  public init() {}

  /// Refuses what cannot be trained, before anything is begun.
  public func check(_ full: Setting) throws {
    guard saveEvery > 0 else {
      throw SettingError.outOfRange("saveEvery", found: "\(saveEvery)", why: "it is a number of rounds, 1 or more")
    }
    _ = try made().check()
  }

  /// The learner and its course.
  func made() throws -> any Taught {
    let setup = Setup(path: "learner", seed: seed)
    let kind = try Catalog.learners.make(learner, in: setup)
    return try taught(kind.make(LearnerSetup(setup, task: task)))
  }

  private func taught(_ learner: some Learner) throws -> any Taught { try TaughtLearner(learner, self) }
}

extension TrainSettings {
  private enum Keys: String, CodingKey {
    case seed, learner, task, stages, exam, saveEvery, keepRollouts, replay
  }

  /// With every default of learner and stages written out: full settings identify a run.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(seed, forKey: .seed)
    // An unknown name has no defaults, and is refused by `check`.
    let kind = try? Catalog.learners.make(Spec(learner.kind))
    let entry = try? Catalog.learners.entry(learner.kind)
    try values.encode(entry.map { learner.filled(by: $0.defaults) } ?? learner, forKey: .learner)
    try values.encode(task, forKey: .task)
    let known = kind?.stages.variants ?? []
    let full = stages.map { stage in
      known.first { $0.name == stage.kind }.map { stage.filled(by: $0.defaults) } ?? stage
    }
    try values.encode(full, forKey: .stages)
    try values.encode(exam, forKey: .exam)
    try values.encode(saveEvery, forKey: .saveEvery)
    try values.encode(keepRollouts, forKey: .keepRollouts)
    try values.encodeIfPresent(replay, forKey: .replay)
  }
}

extension Spec {
  /// With the defaults of its kind, at any depth; what another kind stands for is left as it is.
  fileprivate func filled(by defaults: Setting) -> Spec {
    guard case .table(let table) = defaults.overlaidPlainly(with: .table(settings)) else { return self }
    return Spec(kind, table)
  }
}

extension Setting {
  fileprivate func overlaidPlainly(with given: Setting) -> Setting {
    guard case .table(let table) = self, case .table(let wanted) = given else {
      // The short form of a specification.
      if case .table(let table) = self, let kind = table["kind"], case .string = given {
        return kind == given ? self : .table(["kind": given])
      }
      return given
    }
    if let kind = wanted["kind"], kind != table["kind"] { return given }
    return .table(table.merging(wanted) { $0.overlaidPlainly(with: $1) })
  }
}

/// Fixed items that a model is measured on.
public struct ExamSettings: Sendable, Codable, Hashable {
  /// Rounds of a stage between two exams; null has them at the end of stages alone.
  public var every: Int?
  /// Items of a length, unless it has a number of its own.
  public var items = 64
  /// Decides the items; not the run's, so that all runs have the same.
  public var seed: UInt64 = 9
  /// What of the task is another one in exams: `{split: test}`.
  public var task = Setting.table([:])
  /// What of the task differs by length, and `items`: `[{chunks: 6, items: 512}, {chunks: 24}]`. Empty holds no exams.
  public var lengths: [Setting] = []

  /// No exams.
  public init() {}

  /// The task of each length, with its name and items.
  ///
  /// - Throws: `SettingError`.
  func rows(of task: Spec, at path: String) throws -> [(name: String, task: Spec, items: Int, path: String)] {
    if let every, every < 1 {
      throw SettingError.outOfRange("\(path).every", found: "\(every)", why: "it is a number of rounds, 1 or more")
    }
    let common = try task.overridden(by: self.task, at: "\(path).task")
    return try lengths.enumerated().map { index, length in
      let place = "\(path).lengths.\(index + 1)"
      guard case .table(var own) = length else {
        throw SettingError.wrongValue(place, found: length.line, expected: "a table of settings of the task")
      }
      var items = self.items
      if let count = own.removeValue(forKey: "items") {
        guard case .int(let number) = count else {
          throw SettingError.wrongValue("\(place).items", found: count.line, expected: "a whole number")
        }
        items = number
      }
      guard (1...1_000_000).contains(items) else {
        throw SettingError.outOfRange("\(place).items", found: "\(items)", why: "it lies between 1 and 1,000,000")
      }
      let name = own.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.line)" }.joined(separator: ", ")
      return (name.isEmpty ? "exam" : name, try common.overridden(by: .table(own), at: place), items, place)
    }
  }
}
