import Foundation
import Notebooks
import Palimpsest
import Plots
import Settings
import Tables
import Terminal

/// One point of an experiment: settings, and the folder with the results.
///
/// A run that already stands on disk with the same settings is loaded instead of read again; an
/// interrupted run continues behind its last step.
public final class Run<Settings: ExperimentSettings>: Sendable {
  /// The settings of this point.
  public let settings: Settings
  /// The same with every default written out.
  public let point: Point<Settings>
  let folder: RunFolder
  let options: RunOptions
  /// Whether errors end the process with a message, as a script without a `catch` wants it.
  let isScript: Bool
  private let showings: Showings

  init(
    _ point: Point<Settings>, of experiment: String, on shelf: URL, options: RunOptions, showings: Showings,
    isScript: Bool = false
  ) {
    settings = point.settings
    self.point = point
    self.options = options
    self.isScript = isScript
    self.showings = showings
    folder = RunFolder(
      shelf.appending(path: point.name), full: point.full, experiment: experiment, ablation: point.ablation,
      limit: options.limit)
  }

  /// Where everything of this run stands.
  public var place: URL { folder.place }

  /// The page about its first questions; nil before there is one.
  public var page: URL? {
    let page = folder.file(RunFolder.page)
    return FileManager.default.fileExists(atPath: page.path) ? page : nil
  }

  /// Reads questions with a reader, `width` side by side, and gives their traces in the order of the
  /// questions. What stands on disk is not read again. `--limit` takes the first ones.
  public func traces(_ reader: Reader, _ questions: any Sequence<Question>, width: Int = 1) -> Traces {
    traces(reader, width: width, { questions })
  }

  /// The questions of a task, drawn with the seed of the settings; `--limit` draws from them evenly over clusters.
  public func traces(_ reader: Reader, _ task: any ReadingTask, width: Int = 1) -> Traces {
    traces(
      reader, width: width,
      { [seed = settings.seed, limit = options.limit] in try task.questions(seed: seed, limit: limit) })
  }

  /// - Parameter past: with what a question begins that does not stand on disk.
  package func traces(
    _ reader: Reader, width: Int, _ questions: @escaping () throws -> any Sequence<Question>,
    past: @escaping @Sendable (Question) -> Trace? = { _ in nil }
  ) -> Traces {
    Traces(
      reader: reader, questions: questions, past: past, retrying: options.retriesFailed,
      width: options.concurrency ?? width,
      limit: options.limit ?? .max, console: options.console,
      fail: isScript ? { [console = options.console] in console.fail($0) } : nil, folder: folder,
      begin: { [folder, settings, options] in
        try await folder.open(for: settings, isFresh: options.isFresh)
        await folder.startClock()
        return await folder.begun
      },
      end: { [folder, options] ids, first in
        try await folder.finish(inOrder: ids, first: first)
        if await folder.readAnew == 0, !ids.isEmpty {
          options.console.note("already complete: \(folder.place.relativePath)")
        }
        let summary = await folder.summary
        try options.failures.check(failed: summary.failed, of: summary.n)
      })
  }

  /// Keeps what a verifier said about a trace.
  ///
  /// - Parameter metric: what tables call the score.
  public func record(_ trace: Trace, _ verdict: Verdict, as metric: String = "accuracy") async throws {
    try await record(trace, [metric: verdict])
  }

  /// Keeps what several verifiers said about a trace, by metric.
  public func record(_ trace: Trace, _ verdicts: [String: Verdict]) async throws {
    try await orFail { try await folder.record(Outcome(trace, verdicts)) }
  }

  /// Keeps the finding of an analyzer in `findings.json`, draws its figures, and shows both.
  public func show(_ analyzer: some Analyzer, line: Int = #line) async throws {
    try await orFail {
      try await folder.open(for: settings)
      let finding = try Setting(describing: analyzer.finding)
      try await folder.add(finding: finding, named: "\(type(of: analyzer))")
      for figure in analyzer.figures() { try await draw(figure, line) }
    }
  }

  /// Draws a figure into `figures/`.
  public func show(_ figure: Figure, line: Int = #line) async throws {
    try await orFail {
      try await folder.open(for: settings)
      try await draw(figure, line)
    }
  }

  /// Prints a table.
  public func show(_ table: Table, line: Int = #line) async throws {
    try await orFail {
      options.console.result(table.markdown)
      try await showings.add(Showing(line: line, .table(table.markdown)))
    }
  }

  /// Prints a line of text.
  public func show(_ text: String, line: Int = #line) async throws {
    try await orFail {
      options.console.result(text)
      try await showings.add(Showing(line: line, .text(text)))
    }
  }

  private func draw(_ figure: Figure, _ line: Int) async throws {
    try await figure.show(in: folder.file("figures"), on: options.console, among: showings, line: line)
  }

  /// The results of the run so far. Draws how the memory changed over one question: the files, and what
  /// kept a picture from being drawn.
  package func drawEvolution(of id: Question.ID) async throws -> (files: [URL], missing: String?) {
    try await folder.drawEvolution(of: id)
  }

  /// Means over the questions recorded so far.
  public var summary: Summary { get async { await folder.summary } }

  func orFail<Result>(_ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch {
      if isScript { options.console.fail(error) }
      throw error
    }
  }
}
