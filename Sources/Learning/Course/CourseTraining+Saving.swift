import Basics
import Checkpoints
import Foundation
import Palimpsest

extension CourseTraining {
  /// Where a training is saved: `NAME.safetensors` and the log `NAME.jsonl`.
  public struct Files: Sendable, Hashable {
    /// Weights, optimiser, and where the course stands.
    public var checkpoint: String
    /// A line of JSON for each round.
    public var log: String

    /// - Parameter path: folder and name, without an ending.
    public init(_ path: String) {
      checkpoint = path + ".safetensors"
      log = path + ".jsonl"
    }
  }

  /// Where a course stands, beside what the learner of its stage saves.
  private struct Standing: Codable {
    var stage: Int
    var round: Int
    var draw: Int
    var readings: [String: Double]
    /// Lines of the log that belong to the checkpoint.
    var records: Int
    /// Of all stages up to the present one.
    var stages: [String]
  }

  /// Writes log and checkpoint, each whole or not at all. The log comes first: lines behind those that the checkpoint
  /// counts are dropped when it is read, so a process that is killed at any moment leaves a training that resumes.
  /// Nothing in the files tells of the day or the machine: equal trainings are equal bytes.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to files: Files) throws {
    do {
      try WholeFile.write(to: files.log) { try $0.write(Data(try lines.utf8)) }
    } catch let fault as FileFault {
      throw CheckpointError.unwritable(file: files.log, reason: fault.reason)
    }
    let standing = Standing(
      stage: stage, round: moment.round, draw: moment.draw, readings: moment.readings, records: records.count,
      stages: try course.stages[...stage].map { try $0.identity })
    let metadata = ["course": try Training<Model>.line(of: standing)]
    try imitation?.write(to: files.checkpoint, with: [:], metadata: metadata)
    try reward?.write(to: files.checkpoint, metadata: metadata)
  }

  /// The log, a line of JSON for each round.
  public var lines: String {
    get throws { try records.map { try Training<Model>.line(of: $0) + "\n" }.joined() }
  }

  /// Reads a training that was written, to resume it.
  ///
  /// - Parameters:
  ///   - course: its stages up to the one that was reached must be those with which it began.
  ///   - model: a model of the same shape; its weights are ignored.
  /// - Throws: `CheckpointError` for a file that is broken or of another model; `LearningError.foreign` for files that
  ///   are not a training, `.changed` where a stage differs.
  public init(_ files: Files, _ course: Course<Model>, of model: Model) throws {
    let checkpoint = files.checkpoint
    func refuse(_ reason: String) -> LearningError { .foreign(file: checkpoint, reason: reason) }
    guard let line = try Checkpoint(checkpoint).metadata["course"],
      let standing = try? JSONDecoder().decode(Standing.self, from: Data(line.utf8))
    else { throw refuse("its metadata does not say where a course stands") }
    guard course.stages.indices.contains(standing.stage), standing.stages.count == standing.stage + 1 else {
      throw refuse("it stands in stage \(standing.stage + 1) of \(course.stages.count)")
    }
    for (saved, stage) in zip(standing.stages, course.stages) {
      let wanted = try stage.identity
      guard saved == wanted else {
        throw LearningError.changed(file: checkpoint, what: "the stage", saved: saved, wanted: wanted)
      }
    }
    let stage = course.stages[standing.stage]
    guard (0...stage.rounds).contains(standing.round), standing.draw >= standing.round, standing.records >= 0 else {
      throw refuse("it stands in round \(standing.round) of \(stage.rounds)")
    }
    let moment = LessonMoment(round: standing.round, draw: standing.draw, readings: standing.readings)
    self.init(
      course, stage: standing.stage, moment: moment, records: try Self.records(standing.records, of: files.log))
    switch stage.learning {
    case .imitation(let settings):
      imitation = try Training(checkpoint, of: model, settings, on: stage.lesson.source)
    case .reward(let settings):
      reward = try RewardTraining(checkpoint, of: model, settings, on: stage.lesson.source)
    }
    guard imitation?.step ?? reward?.round == standing.round else {
      throw refuse("its learner is at round \(imitation?.step ?? reward?.round ?? 0), its course at \(standing.round)")
    }
  }

  /// The first lines of a log.
  private static func records(_ count: Int, of file: String) throws -> [RoundRecord] {
    guard count > 0 else { return [] }
    func refuse(_ reason: String) -> LearningError { .foreign(file: file, reason: reason) }
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: file)) } catch { throw refuse(error.systemReason) }
    let lines = data.split(separator: UInt8(ascii: "\n"), maxSplits: count).prefix(count)
    guard lines.count == count else {
      throw refuse("it has \(lines.count) rounds, and the checkpoint beside it \(count)")
    }
    return try lines.enumerated().map { index, line in
      do { return try JSONDecoder().decode(RoundRecord.self, from: line) } catch {
        throw refuse("line \(index + 1) is not a round")
      }
    }
  }
}
