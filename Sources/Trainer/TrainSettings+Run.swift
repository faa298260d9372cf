import Learning
import Palimpsest
import Runs
import Tables

extension Run where Settings == TrainSettings {
  /// Trains what the settings describe, or resumes it, and writes the model into `model/` of the run's folder.
  ///
  /// - Parameter group: the processes that learn together, all with the same settings. The first one alone writes, and
  ///   holds exams; all read its folder where a training is resumed.
  /// - Returns: what was logged of all rounds.
  /// - Throws: `RunError.interrupted` where a process is asked to end, once all is saved; in a group on all of them.
  public func train(in group: any ProcessGroup = OneProcess()) async throws -> [RoundRecord] {
    try await settings.made().train(self, in: group)
  }
}

extension [RoundRecord] {
  /// The last exam of each stage, a row for each length; where there are none, the last round of each stage.
  public var table: Table {
    var table = Table(["stage", "rounds", "exam", "score", "page"])
    var last: [(stage: String, record: RoundRecord)] = []
    for record in self {
      if last.last?.stage == record.stage { last.removeLast() }
      last.append((record.stage, record))
    }
    for (stage, record) in last {
      let rounds = Table.Cell.number(Double(record.round))
      guard let exam = record.exam, !exam.isEmpty else {
        let reward = record.values["reward"].map { Table.Cell.number($0) } ?? .missing
        table.add([.text(stage), rounds, .text("reward of the last round"), reward, .missing])
        continue
      }
      for score in exam {
        table.add([
          .text(stage), rounds, .text(score.name), .interval(score.score),
          score.measures["page"].map { .number($0) } ?? .missing,
        ])
      }
    }
    return table
  }
}
