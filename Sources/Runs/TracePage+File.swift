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
  ///   - ids: at most `mostQuestions` are shown.
  ///   - known: questions with their texts. Of others, chunks are shown by their place alone where the
  ///     file keeps no text.
  ///   - verdicts: a run's `verdicts.jsonl`; nothing is judged where it is not there.
  /// - Throws: `TraceLogError` where the file cannot be read.
  package init(
    _ title: String, of file: TraceFile, _ ids: [Question.ID], known: [Question] = [], verdicts: URL? = nil
  ) async throws {
    let ids = ids.prefix(Self.mostQuestions)
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
    let outcomes = try verdicts.map { try Outcome.read($0, of: Set(ids)) } ?? [:]
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

  /// The outcomes of some questions out of a run's `verdicts.jsonl`; none where there is no such file.
  static func read(_ file: URL, of ids: Set<Question.ID>) throws -> [Question.ID: Outcome] {
    guard FileManager.default.fileExists(atPath: file.path) else { return [:] }
    var outcomes: [Question.ID: Outcome] = [:]
    try forEach(in: file) { outcome in
      if ids.contains(outcome.id) { outcomes[outcome.id] = outcome }
    }
    return outcomes
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
