import Basics
import Foundation
import Learning
import Settings
import Tensors
import Terminal

extension Run {
  /// Trains to a number of steps. A training of this run on disk is resumed. It is saved whole
  /// (`training.safetensors`) at intervals, when the process is asked to end, and at the end. A run that is
  /// killed at any moment and started again ends with the bytes of an undisturbed one.
  ///
  /// At the end `steps.jsonl` and `marks.jsonl` have the losses. `pace.jsonl` has the times, separately, because
  /// they are never equal.
  ///
  /// - Parameters:
  ///   - fresh: the training to begin with, if none is on disk.
  ///   - tokens: tokens of a step, for the speed in the progress line.
  ///   - advance: takes one step, and marks losses at intervals.
  public func trained<Model>(
    _ fresh: Training<Model>, steps: Int, tokens: Int, savingEvery stretch: Int,
    _ advance: @Sendable (inout Training<Model>) throws -> Void
  ) async throws -> Training<Model> {
    try await orFail {
      precondition(steps > 0 && stretch > 0, "\(steps) steps, saved every \(stretch)")
      try await folder.open(for: settings)
      let file = folder.file("training.safetensors")
      try WholeFile.removeRemains(of: file)
      var training = fresh
      if FileManager.default.fileExists(atPath: file.path) {
        training = try Training(file.path, of: fresh.model, fresh.settings, on: fresh.source)
        options.console.note("\(training.step < steps ? "going on" : "already complete") at step \(training.step)")
      }
      var pace = Pace(folder.file("pace.jsonl"), from: training.step)
      while training.step < steps {
        let before = training.step
        try advance(&training)
        precondition(training.step == before + 1, "a step from \(before) led to \(training.step)")
        guard training.step % stretch == 0 || training.step == steps || Interruption.isRequested else { continue }
        try training.write(to: file.path)
        let stretch = try pace.advance(to: training.step)
        options.console.progress(
          TrainingProgress.line(
            step: training.step, of: steps, loss: training.history.last?.loss ?? .nan,
            tokensPerSecond: Double(stretch.steps * tokens) / max(stretch.seconds, 1e-9),
            seconds: stretch.seconds / Double(stretch.steps) * Double(steps - training.step)))
        if Interruption.isRequested { throw RunError.interrupted(resume: Interruption.command) }
      }
      options.console.endProgress()
      try WholeFile.write(Self.lines(training.history), to: folder.file("steps.jsonl"))
      try WholeFile.write(Self.lines(training.marks), to: folder.file("marks.jsonl"))
      return training
    }
  }

  /// Trains through a course. A training of this name on disk is resumed: it is saved whole (`NAME.safetensors`, and the
  /// log `NAME.jsonl`) at intervals, at the end of each stage, when the process is asked to end, and at the end. A run
  /// that is killed at any moment and started again ends with the bytes of an undisturbed one.
  ///
  /// With each save `NAME.h5` has the log as columns, and `NAME.html` the curves. `NAME.pace.jsonl` has times and tokens, which are never equal.
  ///
  ///     let trained = try await run.trained(course, of: model, as: "rewarded")
  ///
  /// - Parameters:
  ///   - fresh: the model to begin with, if no training is on disk.
  ///   - name: of the files; a run may have several trainings.
  ///   - stretch: rounds between two saves.
  ///   - group: processes that learn together. The first one has the folder; the others read it where a training is
  ///     resumed, and write nothing. A request to end is then met behind the round that is under way.
  /// - Throws: `RunError.interrupted` where the process is asked to end, once all is saved; in a group on all processes
  ///   where one is asked.
  public func trained<Model>(
    _ course: Course<Model>, of fresh: Model, as name: String = "training", savingEvery stretch: Int = 25,
    in group: any ProcessGroup = OneProcess()
  ) async throws -> CourseTraining<Model> {
    try await orFail {
      precondition(stretch > 0, "saved every \(stretch) rounds")
      if group.isFirst { try await folder.open(for: settings) }
      let title = "\(folder.place.lastPathComponent) · \(name)"
      // A task of its own, so that a request to end cancels what it waits for.
      let loop = Task {
        try await CourseLoop(
          course, fresh, files: folder.file(name), stretch: stretch, title: title, options.console, group
        ).run()
      }
      // One process that leaves a round would let the others wait in it.
      guard group.count == 1 else { return try await loop.value }
      return try await Interruption.told({ loop.cancel() }) { try await loop.value }
    }
  }

  /// What a course of this run took so far, all its processes together.
  public func pace(of name: String) async throws -> Pace.Stretch {
    try await orFail { try Pace.total(of: folder.file("\(name).pace.jsonl")) }
  }

  /// What the training of this run took so far, all its processes together.
  public var pace: Pace.Stretch {
    get async throws { try await orFail { try Pace.total(of: folder.file("pace.jsonl")) } }
  }

  /// Makes a file or a folder in the run's folder.
  ///
  /// - Parameter body: is given its path.
  public func write(_ name: String, _ body: @Sendable (String) async throws -> Void) async throws {
    try await orFail {
      try await folder.open(for: settings)
      try await body(folder.file(name).path)
    }
  }

  /// A line of JSON each.
  private static func lines(_ values: [some Encodable]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try values.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }.joined()
  }
}
