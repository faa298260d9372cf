import Basics
import Foundation
import Learning
import Palimpsest
import TensorLogs
import Tensors
import Terminal

/// The loop of a course in the folder of a run: rounds, saves, the live line.
struct CourseLoop<Model: SequenceModel> {
  private let course: Course<Model>
  private let fresh: Model
  /// Folder and name, without an ending.
  private let place: URL
  private let files: CourseTraining<Model>.Files
  private let stretch: Int
  private let console: Console
  private let title: String
  private let group: any ProcessGroup

  init(
    _ course: Course<Model>, _ fresh: Model, files place: URL, stretch: Int, title: String, _ console: Console,
    _ group: any ProcessGroup = OneProcess()
  ) {
    self.title = title
    self.group = group
    self.course = course
    self.fresh = fresh
    self.place = place
    self.stretch = stretch
    self.console = console
    files = .init(place.path)
  }

  /// Takes the course to its end. In a group the first process writes and speaks.
  ///
  /// - Throws: `RunError.interrupted` where the task is cancelled, once all is saved; in a group where any process is
  ///   asked to end.
  func run() async throws -> CourseTraining<Model> {
    if group.isFirst {
      for file in [files.checkpoint, files.log] { try WholeFile.removeRemains(of: URL(filePath: file)) }
    }
    // The others read the folder when the first one has opened it, and before it writes there.
    try group.agree(on: [("the folder", place.path)])
    let isResumed = FileManager.default.fileExists(atPath: files.checkpoint)
    var training = try isResumed ? CourseTraining(files, course, of: fresh) : CourseTraining(course, of: fresh)
    try training.join(group)
    if isResumed, group.isFirst {
      let state = training.isDone ? "already complete" : "going on"
      console.note("\(state) at round \(training.round) of \(training.present.name)")
    }
    if training.isDone { return training }
    var pace = Pace(place.appendingPathExtension("pace.jsonl"), from: training.records.count)
    var line = CourseLine(console)
    var times = RoundTimes()
    // Drawing takes a second: where saves are near each other, most go without a new page.
    var (drawn, cost): (ContinuousClock.Instant?, Duration) = (nil, .zero)
    func save(isLast: Bool) async throws {
      try training.write(to: files)
      try pace.advance(to: training.records.count, times: times)
      times = RoundTimes()
      try CourseLog(training.records).write(to: place.appendingPathExtension("h5"))
      let now = ContinuousClock.now
      guard isLast || now - (drawn ?? now - .seconds(1_000)) >= cost * 40 else { return }
      let page = CoursePage(
        title, training.records, of: course.stages.map { ($0.name, $0.rounds) },
        pace: try Pace.total(of: place.appendingPathExtension("pace.jsonl")))
      try await page.write(
        to: place.appendingPathExtension("html"),
        figures: place.deletingLastPathComponent().appending(path: "figures/\(place.lastPathComponent)"))
      drawn = ContinuousClock.now
      cost = ContinuousClock.now - now
    }
    while !training.isDone {
      do {
        let record = try await training.advance()
        times += training.times
        if group.isFirst {
          line.show(record, of: training.present.rounds, training.times, now: training.isStageDone)
        }
      } catch is CancellationError {
        // The training is as it was before the round.
      }
      let isAsked = try group.anyone(group.count == 1 ? Task.isCancelled : Interruption.isRequested)
      if group.isFirst, training.round % stretch == 0 || training.isStageDone || isAsked {
        try await save(isLast: training.isDone)
      }
      if isAsked, !training.isDone {
        console.endProgress()
        let start = group.count == 1 ? "" : "mpirun -np \(group.count) "
        throw RunError.interrupted(resume: start + Interruption.command)
      }
    }
    console.endProgress()
    return training
  }
}

/// The line that shows how far a course is.
struct CourseLine {
  private let console: Console
  private var shown: ContinuousClock.Instant?
  private var seconds = 0.0
  private var rounds = 0
  private var stage = ""

  init(_ console: Console) { self.console = console }

  /// Shows a round; on a terminal at most twice a second, elsewhere twice a minute, and always an exam.
  mutating func show(_ record: RoundRecord, of all: Int, _ times: RoundTimes, now isLast: Bool) {
    if record.stage != stage { (stage, seconds, rounds) = (record.stage, 0, 0) }
    seconds += times.making + times.learning + times.examining
    rounds += 1
    if let exam = record.exam {
      let scores = exam.map { "\($0.name) \(Self.digits($0.score.value, 3))" }.joined(separator: ", ")
      console.endProgress()
      console.note("\(record.stage) \(record.round): \(scores)")
    }
    let interval: Duration = console.isTerminal ? .milliseconds(500) : .seconds(30)
    let moment = ContinuousClock.now
    guard isLast || moment - (shown ?? moment - interval) >= interval else { return }
    shown = moment
    let left = seconds / Double(rounds) * Double(all - record.round)
    console.progress(Self.line(record, of: all, times, left: isLast ? nil : left))
  }

  static func line(_ record: RoundRecord, of all: Int, _ times: RoundTimes, left: Double?) -> String {
    var words = ["\(record.stage) \(record.round) of \(all)"]
    func add(_ name: String, _ key: String, _ count: Int) {
      if let value = record.values[key] { words.append("\(name) \(digits(value, count))") }
    }
    if record.values["reward"] == nil { add("loss", "loss", 3) }
    add("reward", "reward", 3)
    for name in ["found", "absent", "exact"] { add(name, name, 3) }
    if let kept = record.values["kept"], let groups = record.values["groups"] {
      words.append("\(Int(kept)) of \(Int(groups)) groups")
    }
    add("page", "rollout.page", 1)
    add("clipped", "clipped", 3)
    add("entropy", "entropy", 3)
    let tokens = Double(times.sampled + times.read + times.trained)
    words.append("\(digits(tokens / max(times.making + times.learning, 1e-9), 0)) tokens/s")
    if let left { words.append(left < 90 ? "\(digits(left, 0)) s left" : "\(digits(left / 60, 0)) min left") }
    return words.joined(separator: ", ")
  }

  private static func digits(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
}

/// The log of a course as columns of an HDF5 file: per stage `STAGE/round`, `STAGE/step` (int64) and `STAGE/NAME`
/// (float32, NaN where a round has no such number); of exams `STAGE/exam/round` and `STAGE/exam/NAME/score`, `low`,
/// `high` and the measures.
struct CourseLog {
  private let records: [RoundRecord]

  init(_ records: [RoundRecord]) { self.records = records }

  /// - Throws: `TensorLogError.unwritable`.
  func write(to url: URL) throws { try file.write(to: url) }

  var file: TensorFile {
    var file = TensorFile()
    var stages: [String] = []
    for record in records where !stages.contains(record.stage) { stages.append(record.stage) }
    for stage in stages {
      let rows = records.filter { $0.stage == stage }
      let group = Self.name(stage)
      file["\(group)/round"] = .integers(rows.map(\.round))
      file["\(group)/step"] = .integers(rows.map(\.step))
      for name in Set(rows.flatMap(\.values.keys)).sorted() where name != "round" && name != "step" {
        file["\(group)/\(Self.name(name))"] = .floats(Tensor(rows.map { Float($0.values[name] ?? .nan) }))
      }
      let held = rows.filter { $0.exam != nil }
      guard !held.isEmpty else { continue }
      file["\(group)/exam/round"] = .integers(held.map(\.round))
      for exam in Set(held.flatMap { $0.exam ?? [] }.map(\.name)).sorted() {
        let scores = held.map { $0.exam?.first { $0.name == exam } }
        func add(_ name: String, _ value: (ExamScore) -> Double?) {
          file["\(group)/exam/\(Self.name(exam))/\(name)"] = .floats(
            Tensor(scores.map { Float($0.flatMap(value) ?? .nan) }))
        }
        add("score") { $0.score.value }
        add("low") { $0.score.low }
        add("high") { $0.score.high }
        add("items") { Double($0.score.n) }
        for measure in Set(scores.flatMap { $0.map { Array($0.measures.keys) } ?? [] }).sorted() {
          add(Self.name(measure)) { $0.measures[measure] }
        }
      }
    }
    return file
  }

  /// A name without a slash, which would make a group, and never empty.
  private static func name(_ text: String) -> String {
    let name = text.replacing("/", with: "-")
    return name.isEmpty ? "-" : name
  }
}
