import Foundation
import Palimpsest
import Statistics
import Tables
import Terminal
import Verifiers

/// The scores of a run, question by question, out of its folder.
public struct RunScores: Sendable {
  /// What a table calls the run.
  public var name: String
  /// By metric.
  public var scores: [String: Scores]

  /// Whether a folder is that of a complete run whose questions were judged.
  public static func stand(in folder: URL) -> Bool {
    ["verdicts.jsonl", "summary.json"].allSatisfy {
      FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
    }
  }

  /// - Parameters:
  ///   - folder: the folder of a run that is complete.
  ///   - name: the folder's own name where it is nil.
  /// - Throws: `RunError.notARun` where the folder has no verdicts or the run is not complete, `.unreadable` where a
  ///   line is no verdict or a question stands there twice.
  public init(of folder: URL, named name: String? = nil) throws {
    let file = folder.appending(path: "verdicts.jsonl")
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw RunError.notARun(
        folder.relativePath,
        reason: "it has no verdicts.jsonl; give the folder of a run that is complete, runs/NAME/RUN")
    }
    guard FileManager.default.fileExists(atPath: folder.appending(path: "summary.json").path) else {
      throw RunError.notARun(
        folder.relativePath, reason: "it is not complete; continue it: palimpsest resume \(folder.relativePath)")
    }
    self.name = name ?? folder.lastPathComponent
    scores = [:]
    var seen: Set<String> = []
    try Outcome.forEach(in: file) { outcome in
      guard seen.insert(outcome.id).inserted else {
        throw RunError.unreadable(file.relativePath, reason: "the question \(outcome.id) stands there twice")
      }
      for (metric, score) in outcome.scores {
        var item = Scores.Item(outcome, score)
        item.droppedUpstream = outcome.notes[metric] == AnswerVerifier.droppedNote
        scores[metric, default: Scores()].add(item)
      }
    }
  }
}

extension Scores.Item {
  init(_ outcome: Outcome, _ score: Double) {
    self.init(
      id: outcome.id, cluster: outcome.cluster, score: outcome.hasFailed ? 0 : score, failed: outcome.hasFailed,
      retried: outcome.retried)
  }
}

/// Runs beside one of them, metric by metric, on the questions that both have.
public struct RunComparison: Sendable {
  /// One run beside the first, by one metric.
  public struct Row: Sendable {
    /// The metric.
    public var metric: String
    /// The run's name.
    public var run: String
    /// The run beside the first one, on common questions.
    public var paired: PairedComparison
    /// The probability corrected by Holm over all rows; nil where there is none.
    public var holm: Double?
  }

  /// The run with which the others are compared.
  public let first: String
  /// By metric, in the order of the runs.
  public private(set) var rows: [Row] = []

  /// - Parameters:
  ///   - runs: the first one is what the others are compared with.
  ///   - metrics: those to be compared; all that the first run has where it is nil.
  /// - Throws: `SettingError.unknownKind` for a metric that the first run does not have.
  public init(of runs: [RunScores], metrics: [String]? = nil) throws {
    precondition(!runs.isEmpty, "no runs to compare")
    first = runs[0].name
    let known = runs[0].scores.keys.sorted()
    for metric in metrics ?? known where !known.contains(metric) {
      throw SettingError.unknownKind(
        of: "metric", metric, nearest: nearest(to: metric, among: known), known: known)
    }
    for metric in metrics ?? known {
      guard let base = runs[0].scores[metric] else { continue }
      for run in runs.dropFirst() {
        rows.append(Row(metric: metric, run: run.name, paired: (run.scores[metric] ?? Scores()).comparison(from: base)))
      }
    }
    let tested = rows.indices.filter { rows[$0].paired.p != nil }
    for (index, p) in zip(tested, Correction.holm(tested.compactMap { rows[$0].paired.p })) { rows[index].holm = p }
  }

  /// Of each row n, means over the common questions, the difference with its interval, how many questions went which
  /// way, and the probability, corrected and not.
  public var table: Table {
    var table = Table([
      "metric", "run", "n", "documents", "left out", "failed", "failed in first", "mean", "mean of first", "difference",
      "better", "equal", "worse", "test", "p", "p (Holm)",
    ])
    for row in rows {
      let paired = row.paired
      let hasPairs = paired.n > 0
      table.add([
        .text(row.metric), .text(row.run), .int(paired.n), .int(paired.clusters),
        .int(paired.onlyHere + paired.onlyThere), .int(paired.failed), .int(paired.failedThere),
        hasPairs ? .interval(paired.mean) : .missing, hasPairs ? .interval(paired.meanThere) : .missing,
        hasPairs ? .interval(paired.difference) : .missing, .int(paired.better), .int(paired.equal), .int(paired.worse),
        paired.test.map { .text($0.rawValue) } ?? .missing, paired.p.map { .number($0) } ?? .missing,
        row.holm.map { .number($0) } ?? .missing,
      ])
    }
    return table
  }

  /// What so many pairs can show, of the row with the fewest.
  public var note: String? {
    rows.map(\.paired).filter { $0.n > 0 }.min { $0.n < $1.n }.map {
      Precision.note(pairs: $0.n, discordant: $0.discordant)
    }
  }
}

extension Bench {
  /// Compares every run with the first one on the questions that both have, prints a row per run, and keeps it as
  /// `comparison.md`, `.csv`, `.tex` and `.json` beside the runs.
  ///
  /// - Parameter metrics: all where none is named.
  public func compare(_ metrics: String..., line: Int = #line) async throws {
    do {
      let runs = try points.map { try RunScores(of: shelf.appending(path: $0.name)) }
      let comparison = try RunComparison(of: runs, metrics: metrics.isEmpty ? nil : metrics)
      try await show(comparison.table, named: "comparison", line: line)
      if let note = comparison.note { options.console.note(note) }
    } catch {
      options.console.fail(error)
    }
  }
}
