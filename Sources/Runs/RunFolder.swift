import Basics
import Figures
import Foundation
import Palimpsest
import Settings
import TensorLogs
import Terminal
import TraceLogs

/// The folder of one run, held by one process from the first write to the end.
///
///     settings.yaml    every setting, the defaults of every part included
///     env.json         version, commit, machine, hashes of data and prompts
///     traces.jsonl     a line per step and per finished question
///     verdicts.jsonl   a line per question: scores, end, cost
///     summary.json     means with intervals; there when the run is complete
///     trace.html       the first questions step by step, to be looked at
///     findings.json, figures/, page.md
actor RunFolder {
  nonisolated let place: URL
  private let full: Setting
  private let experiment: String
  private let ablation: String?
  private let limit: Int?
  private let shelf: TraceShelf
  private var lock: FolderLock?
  private var verdicts: WholeFile?
  private var scoreboard = Scoreboard()
  private var isFinished = false
  private var findings: [String: Setting] = [:]
  /// Measures what is read by the clock, whatever runs side by side.
  private var pace: Pace?
  private var wallSeconds = 0.0
  /// When the run was first begun.
  private(set) var begun = Date.now
  /// How many questions this process had read when the page was written; nil where there is none.
  private var pageStands: Int?

  init(_ place: URL, full: Setting, experiment: String, ablation: String? = nil, limit: Int?) {
    self.place = place
    self.full = full
    self.experiment = experiment
    self.ablation = ablation
    self.limit = limit
    shelf = TraceShelf(in: place)
    pageStands = FileManager.default.fileExists(atPath: place.appending(path: Self.page).path) ? 0 : nil
  }

  /// Takes the folder and writes down what the run is made with.
  ///
  /// - Throws: `RunError.busy` where another process holds it, `.changed` where it was made with
  ///   other settings, data or prompts.
  func open(for settings: some ExperimentSettings, isFresh: Bool = false) async throws {
    guard lock == nil else { return }
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    } catch {
      throw RunError.unwritable(place.path, reason: error.systemReason)
    }
    let lock = try FolderLock(place)
    if isFresh { try clear() }
    var surroundings = try await Surroundings(
      of: settings, full: full, experiment: experiment, ablation: ablation, limit: limit)
    if let first = try compare(with: surroundings) { surroundings.begun = first }
    if let text = surroundings.begun {
      do { begun = try Date(text, strategy: .iso8601) } catch {
        throw RunError.changed(
          place.path, differences: ["env.json says that it was begun at \(text), which is no moment"])
      }
    }
    try WholeFile.write(surroundings, asJSONTo: file("env.json"))
    if !FileManager.default.fileExists(atPath: file("settings.yaml").path) {
      try WholeFile.write(YAML.text(of: full), to: file("settings.yaml"))
    }
    try await shelf.open(isFinished: FileManager.default.fileExists(atPath: file("summary.json").path))
    wallSeconds = try Pace.total(of: file("pace.jsonl")).seconds
    self.lock = lock
  }

  /// The page about the first questions.
  static let page = "trace.html"

  private func clear() throws {
    for name in [
      "summary.json", "verdicts.jsonl", "traces.jsonl", "tensors.h5", "findings.json", "env.json", "pace.jsonl",
      Self.page,
    ] {
      guard unlink(file(name).path) == 0 || errno == ENOENT else {
        throw RunError.unwritable(file(name).path, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// - Returns: when the run was begun, where it stands on disk and says so.
  private func compare(with now: Surroundings) throws -> String? {
    var differences: [String] = []
    var begun: String?
    if FileManager.default.fileExists(atPath: file("settings.yaml").path) {
      differences += Setting.differences(from: try YAML.read(file: file("settings.yaml").path), to: full)
    }
    if FileManager.default.fileExists(atPath: file("env.json").path) {
      do {
        let old = try JSONDecoder().decode(Surroundings.self, from: Data(contentsOf: file("env.json")))
        begun = old.begun
        differences += now.differences(from: old)
      } catch {
        differences.append("env.json cannot be read, so it is not known with what")
      }
    }
    guard differences.isEmpty else { throw RunError.changed(place.path, differences: differences) }
    return begun
  }

  nonisolated func file(_ name: String) -> URL { place.appending(path: name) }
  private nonisolated var traceFile: TraceFile {
    TraceFile(file("traces.jsonl"), tensors: HDF5Tensors(file("tensors.h5")))
  }

  /// The trace of a question: the trace on disk, resumed where it is not complete.
  ///
  /// - Parameters:
  ///   - past: the trace with which a question begins that is not on disk.
  ///   - retrying: whether one that failed is read again.
  ///   - mark: called with each step that is read now, once it is recorded.
  nonisolated func trace(
    of question: Question, with reader: Reader, past: Trace?, retrying: Bool,
    each mark: @escaping @Sendable (Step) async -> Void
  ) async throws -> Trace {
    var stored = try await shelf.stored(question, keeping: reader.keeping)
    if let end = stored?.end, let trace = stored {
      switch end {
      case .finished, .exited: if trace.answer != nil { return trace }
      case .failed(_, let attempts):
        if !retrying { return trace }
        stored?.tally.retries += attempts
      case .reading: break
      }
    }
    let begun = stored ?? past
    try await shelf.begin(question, resuming: begun)
    var trace = try await reader.outcome(of: question, resuming: begun) { [shelf] step in
      try await shelf.record(step, of: question)
      await mark(step)
      if Interruption.isRequested { throw CancellationError() }
    }
    trace.tally.residentBytes = Machine.peakMemory
    try await shelf.end(trace)
    return trace
  }

  /// Brings what waits to the files, when reading stops before its end.
  func close() async throws {
    try await shelf.close()
    // Of a question that is half read the time counts too: its steps are kept.
    if await shelf.isReading, var pace {
      wallSeconds += try pace.advance(to: await shelf.ended).seconds
      self.pace = pace
    }
  }

  /// The clock begins with the first question.
  func startClock() async { pace = Pace(file("pace.jsonl"), from: await shelf.ended) }

  /// A question is through: the time since the last one is written down, unless nothing was read in it.
  func tick() async throws {
    let (ended, isReading) = await (shelf.ended, shelf.isReading)
    guard var pace else { return }
    if ended > pace.step {
      wallSeconds += try pace.advance(to: ended).seconds
    } else if !isReading {
      pace.restart()
    }
    self.pace = pace
  }

  /// Draws how the memory changed while a question's text was read.
  ///
  /// - Returns: the files, the picture first; none where nothing was read.
  nonisolated func drawEvolution(of id: Question.ID) async throws -> (files: [URL], missing: String?) {
    let read = try traceFile.fold(id, from: { EvolutionGraph(of: $0) }) { $0.add($1) }
    guard let (graph, trace) = read, !trace.steps.isEmpty else { return ([], nil) }
    return try await graph.figure(of: trace, named: "evolution").drawn(into: file("figures"))
  }

  /// Adds the verdict on a question. They stand aside until all are there, so that a run judged again
  /// never shows old scores among new ones.
  func record(_ outcome: Outcome) throws {
    // A script may go through its questions again; the last judgement counts.
    if isFinished { scoreboard = Scoreboard() }
    isFinished = false
    scoreboard.add(outcome)
    let place = file("verdicts.jsonl")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let line: Data
    do {
      line = try encoder.encode(outcome) + Data("\n".utf8)
    } catch {
      throw RunError.unwritable(place.path, reason: error.systemReason)
    }
    if verdicts == nil { try WholeFile.removeRemains(of: place) }
    do {
      if verdicts == nil { verdicts = try WholeFile(place.path) }
      try verdicts?.write(line)
    } catch {
      throw RunError.unwritable(place.path, reason: error.reason)
    }
  }

  /// All questions are through: puts verdicts and summary in their place.
  ///
  /// - Parameters:
  ///   - ids: the questions in their order.
  ///   - first: the first of them, with their texts: those that the page is about.
  func finish(inOrder ids: [Question.ID], first: [Question]) async throws {
    if lock != nil { try await shelf.finish(inOrder: ids) }
    do {
      try verdicts?.finish()
      verdicts = nil
    } catch {
      throw RunError.unwritable(file("verdicts.jsonl").path, reason: error.reason)
    }
    if !isFinished { try WholeFile.write(summary, asJSONTo: file("summary.json")) }
    isFinished = true
    try await writePage(about: first)
  }

  /// Writes the page where there is something to show that it does not show yet.
  private func writePage(about questions: [Question]) async throws {
    let taken = await shelf.taken
    guard pageStands != taken, FileManager.default.fileExists(atPath: file("traces.jsonl").path) else { return }
    let page = try await TracePage(
      "\(experiment) · \(place.lastPathComponent)", of: traceFile, questions.map(\.id),
      known: questions, verdicts: file("verdicts.jsonl"), run: place)
    try page.write(to: file(Self.page))
    pageStands = taken
  }

  func add(finding: Setting, named name: String) throws {
    findings[name] = finding
    try WholeFile.write(Setting.table(findings), asJSONTo: file("findings.json"))
  }

  /// Questions this process has read, the rest was on disk.
  var readAnew: Int { get async { await shelf.taken } }

  var summary: Summary {
    var summary = scoreboard.total
    summary.wallSeconds = wallSeconds
    return summary
  }
  var allFindings: [String: Setting] { findings }
}
