import Analyzers
import Basics
import Figures
import Foundation
import Palimpsest
import Settings
import Terminal
import TraceLogs
import Verifiers

extension TracePage {
  /// How many questions the page of a run or of a file shows.
  public static let mostQuestions = 8
  /// The most bytes of text on such a page, all questions together: what opens at once, and what a
  /// reading of a text of any length has room for.
  static let mostBytes = 8 << 20

  /// A page of what a file of traces tells of some questions, in one pass and without holding a trace.
  ///
  /// - Parameters:
  ///   - ids: the questions that are shown.
  ///   - known: questions with their texts. Of others, chunks are shown by their place alone where the
  ///     file keeps no text.
  ///   - verdicts: a run's `verdicts.jsonl`; nothing is judged where it is not there.
  ///   - folder: the run's folder, whose settings and machine are told; nil tells nothing.
  /// - Throws: `TraceLogError` where the file cannot be read.
  package init(
    _ title: String, of file: TraceFile, _ ids: [Question.ID], known: [Question] = [], verdicts: URL? = nil,
    run folder: URL? = nil
  ) async throws {
    self.init(title, settings: Settings(bytes: Self.mostBytes / max(1, ids.count)))
    let known = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
    var proofs: [Question.ID: [[UInt8]]] = [:]
    for id in ids { proofs[id] = await known[id]?.proofs() }

    let read = try file.fold(
      Set(ids),
      from: { question in
        let question = known[question.id] ?? question
        let lives = FactLives(of: question, proofs: proofs[question.id] ?? [])
        return (reading: Reading(of: question, settings: settings), lives: lives)
      },
      { parts, step in
        parts.reading.add(step)
        parts.lives.add(step)
      })
    let (outcomes, summary) = try verdicts.map { try Outcome.read($0, of: Set(ids)) } ?? ([:], Summary())
    omittedQuestions = max(0, summary.n - ids.count)
    if let folder { about = Self.rows(about: folder, summary) }
    for id in ids {
      guard let (parts, trace) = read[id] else { continue }
      var (reading, lives) = parts
      // The control that answers from the memory of another question has a step of another text.
      if trace.tally.steps == 0 {
        reading = Reading(of: trace.question, settings: settings)
        lives = FactLives(of: trace.question, proofs: proofs[id] ?? [])
      }
      if let source = known[id]?.source { await reading.takeTexts(from: source) }
      add(
        reading, endedAs: trace,
        Judgement(
          answer: prediction(of: trace), verdicts: outcomes[id]?.verdicts ?? [:],
          facts: lives.lives.map(Fact.init)))
    }
  }
}

extension TracePage {
  /// What a reader of the page asks about the run: how it went, with what, where and when.
  private static func rows(about folder: URL, _ summary: Summary) -> [(name: String, value: String)] {
    var rows: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) { if let value { rows.append((name, value)) } }
    if summary.n > 0 {
      add("questions", "\(summary.n), of which \(summary.failed) failed and \(summary.retried) were asked again")
      for (metric, mean) in summary.metrics.sorted(by: { $0.key < $1.key }) {
        let bounds = mean.range.map { String(format: " [%.3f, %.3f]", $0.lowerBound, $0.upperBound) } ?? ""
        add(metric, String(format: "%.3f", mean.value) + bounds + ", n \(mean.n), \(mean.clusters) clusters")
      }
    }
    // A page about traces that lie elsewhere tells what their folder tells.
    let env = try? JSONDecoder().decode(
      Surroundings.self, from: Data(contentsOf: folder.appending(path: "env.json")))
    if let env {
      add("seed", "\(env.seed)")
      add("begun", env.begun)
      let commit = env.commit.map { ", commit \($0.prefix(12))" + (env.dirty == true ? " with changes" : "") } ?? ""
      add("version", env.version + commit)
      add("machine", "\(env.cpu), \(env.threads) threads, BLAS \(env.blas)")
      for warning in env.warnings { add("warning", warning) }
      add(
        "data",
        env.hashes.isEmpty
          ? nil
          : env.hashes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.prefix(12))" }.joined(separator: ", "))
      add(
        "prompts",
        env.prompts.isEmpty
          ? nil
          : env.prompts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.prefix(12))" }.joined(separator: ", "))
    }
    add("settings", try? String(contentsOf: folder.appending(path: "settings.yaml"), encoding: .utf8))
    return rows
  }

  /// The questions of a run's `verdicts.jsonl` that failed or that some verdict is not content with, in its order.
  package static func wrong(in verdicts: URL) throws -> [Question.ID] {
    var ids: [Question.ID] = []
    try Outcome.forEach(in: verdicts) { outcome in
      if outcome.hasFailed || outcome.scores.values.contains(where: { $0 < 1 }) { ids.append(outcome.id) }
    }
    return ids
  }
}

extension TracePage.Fact {
  init(_ life: FactLives.Life) {
    self.init(
      life.text, range: life.range, read: life.read, written: life.written, lost: life.lost,
      isHeld: life.isWithoutText ? nil : life.isHeld)
  }
}

extension Outcome {
  /// What verifiers said, by metric.
  var verdicts: [String: Verdict] {
    scores.reduce(into: [:]) { $0[$1.key] = Verdict($1.value, note: notes[$1.key] ?? "") }
  }

  /// The outcomes of some questions out of a run's `verdicts.jsonl`, and what all of them come to; none where there
  /// is no such file.
  static func read(_ file: URL, of ids: Set<Question.ID>) throws -> ([Question.ID: Outcome], Summary) {
    guard FileManager.default.fileExists(atPath: file.path) else { return ([:], Summary()) }
    var outcomes: [Question.ID: Outcome] = [:]
    var scoreboard = Scoreboard()
    try forEach(in: file) { outcome in
      scoreboard.add(outcome)
      if ids.contains(outcome.id) { outcomes[outcome.id] = outcome }
    }
    return (outcomes, scoreboard.total)
  }

  /// The outcomes of a run's `verdicts.jsonl`, one after the other.
  ///
  /// - Throws: `RunError.unreadable`, which names the line that is no verdict.
  static func forEach(in file: URL, _ body: (Outcome) throws -> Void) throws {
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .mappedIfSafe)
    } catch {
      throw RunError.unreadable(file.relativePath, reason: error.systemReason)
    }
    let decoder = JSONDecoder()
    for (number, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      let outcome: Outcome
      do {
        outcome = try decoder.decode(Outcome.self, from: line)
      } catch {
        throw RunError.unreadable(file.relativePath, reason: "line \(number + 1) is not a verdict")
      }
      try body(outcome)
    }
  }
}
