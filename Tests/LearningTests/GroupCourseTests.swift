import Foundation
import Learning
import Palimpsest
import Support
import Tensors
import Testing
import Transformers

@Suite struct `A course of several processes` {
  typealias Alone = `A course`

  /// Rollouts that are divided by question.
  struct Divided: Lesson {
    var source: String { "divided rollouts" }

    func material(by model: Decoder, at moment: LessonMoment) async throws -> LessonMaterial {
      try await material(by: model, at: moment, in: OneProcess())
    }

    func material(
      by model: Decoder, at moment: LessonMoment, in group: any ProcessGroup
    ) async throws -> LessonMaterial {
      let groups = try group.divided(2, as: "rollouts") { share in
        `Learning from rewards`.groups(model, moment.draw)[share]
      }
      return .rollouts(RolloutRound(groups))
    }
  }

  /// Six sequences of a round in passes of two, and of four. The first stage ends by what was right in all of them.
  static var course: Course<Decoder> {
    var settings = `Learning from rewards`.settings()
    settings.microbatches = 3
    return Course(
      [
        Stage("recall", Alone.Copying(isShort: true), Alone.rates, rounds: 30, microbatch: 2),
        Stage("imitation", Alone.Copying(), Alone.rates, rounds: 3, microbatch: 4),
        Stage("reward", Divided(), settings, rounds: 3),
      ], exam: Alone.Share(), every: 2)
  }

  typealias Files = CourseTraining<Decoder>.Files

  /// - Parameter stop: rounds after which the training is written and read again, by all from the file of the first.
  static func trained(in group: any ProcessGroup, _ scratch: Scratch, stop: Int?) async throws -> Files {
    let first = Files(scratch.file("of-\(group.count)-0").path)
    let own = Files(scratch.file("of-\(group.count)-\(group.rank)").path)
    var training = try CourseTraining(course, of: Alone.model)
    try training.join(group)
    while !training.isDone {
      try await training.advance()
      guard training.records.count == stop else { continue }
      if group.isFirst { try training.write(to: first) }
      try group.agree(on: [("the file", "is written")])
      training = try CourseTraining(first, course, of: `Learning from rewards`.newborn(seed: 99))
      try training.join(group)
    }
    try group.agree(on: [("the training", "is done")])
    try training.write(to: own)
    return own
  }

  /// The log of the first has the exams too.
  @Test(arguments: [(2, nil), (3, nil), (2, 7)] as [(Int, Int?)])
  func `ends with the bytes of one process, also where it is resumed`(_ members: Int, _ stop: Int?) async throws {
    let scratch = try Scratch()
    let alone = try await Self.trained(in: OneProcess(), scratch, stop: nil)
    let results = ThreadGroup.run(members, awaiting: { try await Self.trained(in: $0, scratch, stop: stop) })
    for (rank, result) in results.enumerated() {
      let files = try result.get()
      let pairs = rank == 0 ? [(alone.log, files.log), (alone.checkpoint, files.checkpoint)] : []
      for (a, b) in pairs {
        #expect(try Data(contentsOf: URL(filePath: a)) == Data(contentsOf: URL(filePath: b)), "\(b)")
      }
      let (one, other) = try (
        CourseTraining(alone, Self.course, of: Alone.model), CourseTraining(files, Self.course, of: Alone.model)
      )
      #expect(one.model.parameters.map(\.tensor) == other.model.parameters.map(\.tensor))
      #expect(one.records.map(\.values) == other.records.map(\.values))
      if stop == nil { #expect(other.records.contains { $0.exam != nil } == (rank == 0)) }
    }
  }

  @Test func `is refused where one process stands elsewhere`() async throws {
    let results = ThreadGroup.run(
      2,
      awaiting: { group in
        var training = try CourseTraining(Self.course, of: Alone.model)
        if group.rank == 1 { try await training.advance() }
        do { try training.join(group) } catch { return "\(error)" }
        return "joined"
      })
    for result in results { #expect(try result.get().hasPrefix("process 1 differs from process 0 in rounds done: 1")) }
  }

  /// What one of them is told, all do.
  @Test func `ends on all where one is asked to`() throws {
    for result in ThreadGroup.run(3, { group in try [group.rank == 2, false].map { try group.anyone($0) } }) {
      #expect(try result.get() == [true, false])
    }
  }
}
