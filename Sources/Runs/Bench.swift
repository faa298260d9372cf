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
      let bench = try Bench(
        name, defaults: defaults, options: try flags.options(), script: URL(filePath: script))
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
  public convenience init(_ name: String, defaults: Settings, options: RunOptions, script: URL? = nil) throws {
    let sweep = try Sweep(of: defaults, file: options.file, overrides: options.overrides)
    let points = try sweep.points.map { try Point($0, defaults: defaults) }
    for point in points { try point.settings.check(point.full) }
    self.init(name, points: points, options: options, script: script)
  }

  package init(_ name: String, points: [Point<Settings>], options: RunOptions, script: URL? = nil) {
    self.script = script
    self.name = name
    self.options = options
    self.points = points
    let shelf = URL(filePath: options.out).appending(path: RunName.safe(name))
    let showings = Showings(shelf.appending(path: "showings.json"))
    self.showings = showings
    open = points.map { Run($0, of: name, on: shelf, options: options, showings: showings, isScript: script != nil) }
  }

  /// A run for every point of the sweep.
  public func runs() throws -> [Run<Settings>] { open }

  /// Where the runs of this experiment stand.
  public var shelf: URL { URL(filePath: options.out).appending(path: RunName.safe(name)) }

  /// Prints a row per run, and keeps it as `table.md`, `.csv`, `.tex` and `.json` beside the runs.
  ///
  /// A column is a setting (`memory.tokens`), a metric (`accuracy`), a count of the summary (`n`,
  /// `failed`, `retried`, `memoryHolds`, `steps`, `tokensRead`, `busySeconds`, `wallSeconds`, …), or a path into a
  /// finding (`Survival.lost`). `n`, `failed` and `retried` are always there.
  public func table(_ columns: String..., line: Int = #line) async throws {
    do {
      let table = try await table(of: columns)
      try table.write(to: shelf)
      options.console.result(options.isJSON ? table.settings.line : table.markdown)
      try await showings.add(Showing(line: line, .table(table.markdown)))
    } catch {
      options.console.fail(error)
    }
  }

  /// Prints a line of text that belongs to no run.
  public func show(_ text: String, line: Int = #line) async throws {
    options.console.result(text)
    try await showings.add(Showing(line: line, .text(text)))
  }

  /// Draws a figure over all runs, beside them.
  public func show(_ figure: Figure, line: Int = #line) async throws {
    let (drawn, missing) = try await figure.drawn(into: shelf.appending(path: "figures"))
    options.console.note("\(figure.caption)\n  \(drawn.map(\.relativePath).joined(separator: "\n  "))")
    if let missing { options.console.warn(missing) }
    if let picture = drawn.first {
      try await showings.add(Showing(line: line, .figure(path: picture.relativePath, caption: figure.caption)))
    }
  }

  func table(of columns: [String]) async throws -> Table {
    // A script may name a column twice; a table has it once.
    let columns = (columns + ["n", "failed", "retried"]).reduce(into: [String]()) { known, column in
      if !known.contains(column) { known.append(column) }
    }
    var table = Table(columns)
    for run in open {
      let summary = await run.summary
      let findings = Setting.table(await run.folder.allFindings)
      table.add(columns.map { Self.cell($0, of: run.point, summary, findings) })
    }
    return table
  }

  private static func cell(
    _ column: String, of point: Point<Settings>, _ summary: Summary, _ findings: Setting
  ) -> Table.Cell {
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
