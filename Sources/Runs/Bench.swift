import ArgumentParser
import Foundation
import Notebooks
import Palimpsest
import Plots
import Settings
import Tables
import Terminal

/// One experiment at work: its command line, its settings, its runs.
///
///     let bench = try await Bench.open("needle", defaults: Needle())
///     for run in try bench.runs() { … }
///     try await bench.table("memory.kind", "memory.tokens", "accuracy")
public final class Bench<Settings: ExperimentSettings>: Sendable {
  /// The experiment's name, and the name of its folder of runs.
  public let name: String
  /// What the flags said.
  public let options: RunOptions
  /// One per run, first key slowest.
  public let points: [Point<Settings>]
  /// The file of the experiment's script; nil for a bench made by a program.
  public let script: URL?
  private let open: [Run<Settings>]
  let showings: Showings

  /// Parses the command line of an experiment, reads its settings, and checks every point before
  /// anything is read. A mistake ends the process with a message and code 2, `-h` and `--dry-run`
  /// with code 0: a script needs no `catch`.
  ///
  /// - Parameter script: the script's file. Without `--config` the settings beside it are taken, if
  ///   there are any: `needle.yaml` for `needle`.
  public static func open(
    _ name: String, defaults: Settings, script: String = #filePath
  ) async throws -> Bench {
    Interruption.watch()
    var flags = Self.flags(of: name, defaults: defaults)
    let beside = URL(filePath: script).deletingLastPathComponent().appending(path: "\(name).yaml").path
    if flags.config == nil, FileManager.default.fileExists(atPath: beside) { flags.config = beside }
    do {
      var options = try flags.options()
      // A file for `palimpsest sweep` names its experiment.
      if let named = try options.takeExperiment(), named != name {
        throw RunError.usage("the settings are those of the experiment \(named), and this is \(name)")
      }
      options.isPoint = flags.withParent
      let bench = try Bench(
        name, defaults: defaults, options: options, script: URL(filePath: script))
      if flags.withParent { Interruption.watchParent() }
      Surroundings.warnings.forEach { flags.console.warn($0) }
      if flags.dryRun {
        bench.listPlaces()
        exit(EXIT_SUCCESS)
      }
      return bench
    } catch {
      flags.console.fail(error)
    }
  }

  /// The same without a command line, for tests and tools: errors are thrown.
  ///
  /// - Parameter families: what the settings name beside readers, tasks and verifiers: it decides which of their settings
  ///   are lists, and which lists vary a setting.
  public convenience init(
    _ name: String, defaults: Settings, options: RunOptions, script: URL? = nil, families: [Family] = []
  ) throws {
    let sweep = try Sweep(of: defaults, file: options.file, overrides: options.overrides, families: families)
    let points = try sweep.points.map { try Point($0.settings, ablation: $0.ablation, defaults: defaults) }
    for point in points { try point.settings.check(point.full) }
    self.init(name, points: points, options: options, script: script)
  }

  package init(_ name: String, points: [Point<Settings>], options: RunOptions, script: URL? = nil) {
    self.script = script
    self.name = name
    self.options = options
    self.points = points
    let shelf = URL(filePath: options.out).appending(path: RunName.safe(name))
    display = options.isPoint && points.count == 1 ? shelf.appending(path: points[0].name) : shelf
    let showings = Showings(display.appending(path: "showings.json"))
    self.showings = showings
    open = points.map { Run($0, of: name, on: shelf, options: options, showings: showings, isScript: script != nil) }
  }

  /// A run for every point of the sweep.
  public func runs() throws -> [Run<Settings>] { open }

  /// Where tables, figures and page stand: beside the runs; of one point of a sweep in its own folder, because other
  /// processes read the other points.
  let display: URL

  /// Where the runs of this experiment stand.
  public var shelf: URL { URL(filePath: options.out).appending(path: RunName.safe(name)) }

  /// Prints a row per run, and keeps it as `table.md`, `.csv`, `.tex` and `.json` beside the runs.
  ///
  /// A column is a setting (`memory.tokens`), `ablation` (the name that the file gives a point), a metric (`accuracy`), a count of the summary (`n`,
  /// `failed`, `retried`, `memoryHolds`, `steps`, `tokensRead`, `busySeconds`, `wallSeconds`, …), or a path into a
  /// finding (`Survival.lost`). `n`, `failed` and `retried` are always there.
  public func table(_ columns: String..., line: Int = #line) async throws {
    do {
      try await show(try await table(of: columns), named: "table", line: line)
    } catch {
      options.console.fail(error)
    }
  }

  /// Prints a sentence about what was found. On the page it is prose, so it reads like the script's own comments
  /// and is true of the values of this run.
  public func say(_ sentence: String, line: Int = #line) async throws {
    options.console.result(sentence)
    try await showings.add(Showing(line: line, .sentence(sentence)))
  }

  /// Prints a line of text that belongs to no run.
  public func show(_ text: String, line: Int = #line) async throws {
    options.console.result(text)
    try await showings.add(Showing(line: line, .text(text)))
  }

  /// Draws a figure over all runs, beside them.
  public func show(_ figure: Figure, line: Int = #line) async throws {
    try await figure.show(in: display.appending(path: "figures"), on: options.console, among: showings, line: line)
  }

  func table(of columns: [String]) async throws -> Table {
    // A script may name a column twice; a table has it once.
    let columns = (columns + ["n", "failed", "retried"]).reduce(into: [String]()) { known, column in
      if !known.contains(column) { known.append(column) }
    }
    var table = Table(columns)
    for run in open {
      var row: [Table.Cell] = []
      for column in columns { row.append(await cell(column, of: run)) }
      table.add(row)
    }
    return table
  }

  /// What a run has in a column.
  func cell(_ column: String, of run: Run<Settings>) async -> Table.Cell {
    Self.cell(column, of: run.point, await run.summary, .table(await run.folder.allFindings))
  }

  private static func cell(
    _ column: String, of point: Point<Settings>, _ summary: Summary, _ findings: Setting
  ) -> Table.Cell {
    if column == "ablation" { return point.ablation.map { .text($0) } ?? .missing }
    if let metric = summary.metrics[column] { return .interval(metric) }
    if column == "memoryHolds" { return summary.memoryHolds.map { .interval($0) } ?? .missing }
    let counted = (try? Setting(describing: summary))?[column]
    return Table.Cell(counted ?? point.full[column] ?? findings[column] ?? .null)
  }

  private static func flags(of name: String, defaults: Settings) -> Flags {
    do {
      return try Flags.parse(nil)
    } catch {
      let code = Flags.exitCode(for: error)
      guard code == .success else {
        Console().error(Flags.message(for: error) + "\nsee \(name) -h")
        exit(ExitClass.usage.rawValue)
      }
      let settings =
        (try? Setting(describingAll: defaults).expanded(isWhole: true)).flatMap { try? YAML.text(of: $0) } ?? ""
      Console().result(Help.text(for: name, settings: settings, flags: Flags.helpMessage()))
      exit(EXIT_SUCCESS)
    }
  }
}
