import Learning
import Palimpsest
import Runs
import Settings
import Tables
import Terminal

/// A learner with its course, whatever its model is.
protocol Taught: Sendable {
  /// Makes the model, so that what cannot be loaded is refused before a run begins.
  func check() throws
  /// Trains in the folder of a run, and writes the model; in a group the first process writes.
  func train(_ run: Run<TrainSettings>, in group: any ProcessGroup) async throws -> [RoundRecord]
}

struct TaughtLearner<Kind: Learner>: Taught {
  private let learner: Kind
  private let settings: TrainSettings
  private let stages: [Stage<Kind.Model>]
  private let exam: (any Exam<Kind.Model>)?

  init(_ learner: Kind, _ settings: TrainSettings) throws {
    self.learner = learner
    self.settings = settings
    guard !settings.stages.isEmpty else {
      throw SettingError.outOfRange(
        "stages", found: "[]",
        why: "a training has at least one stage; known here: \(Kind.stages(of: nil).names.joined(separator: ", "))")
    }
    let catalog = Kind.stages(of: learner)
    var names: [String: Int] = [:]
    stages = try settings.stages.enumerated().map { index, spec in
      let path = "stages.\(index + 1)"
      let stage = try catalog.make(spec, in: Setup(path: path, seed: settings.seed))
      if let other = names.updateValue(index + 1, forKey: stage.name) {
        throw SettingError.outOfRange(
          "\(path).name", found: stage.name, why: "stage \(other) is called so too; give one of them another name")
      }
      return stage
    }
    exam = settings.exam.lengths.isEmpty ? nil : try learner.exam(settings.exam, at: "exam")
  }

  func check() throws { _ = try learner.model() }

  func train(_ run: Run<TrainSettings>, in group: any ProcessGroup) async throws -> [RoundRecord] {
    let stages = try stages.map { stage in
      var stage = stage
      guard case .reward = stage.learning else { return stage }
      if let folder = settings.replay { stage.lesson = try replayed(stage.lesson, stage.name, from: folder) }
      if settings.keepRollouts { stage.lesson = kept(stage.lesson, stage.name, in: run.place.path) }
      return stage
    }
    let course = Course(stages, exam: exam, every: exam == nil ? nil : settings.exam.every)
    let trained = try await run.trained(course, of: learner.model(), savingEvery: settings.saveEvery, in: group)
    let learner = learner
    guard group.isFirst else { return trained.records }
    try await run.write("model") { try learner.write(trained.model, to: $0) }
    return trained.records
  }

  private func kept(_ lesson: any Lesson<Kind.Model>, _ name: String, in run: String) -> any Lesson<Kind.Model> {
    func opened(_ lesson: some Lesson<Kind.Model>) -> any Lesson<Kind.Model> {
      KeptLesson(lesson, in: RolloutFolder(run, stage: name))
    }
    return opened(lesson)
  }

  private func replayed(
    _ lesson: any Lesson<Kind.Model>, _ name: String, from run: String
  ) throws -> any Lesson<Kind.Model> {
    func opened(_ lesson: some Lesson<Kind.Model>) -> any Lesson<Kind.Model> {
      ReplayedLesson(lesson, from: RolloutFolder(run, stage: name))
    }
    return opened(lesson)
  }
}
