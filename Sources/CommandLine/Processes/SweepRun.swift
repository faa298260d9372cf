import Evaluations
import Foundation
import Palimpsest
import Runs
import Settings
import Tables
import Terminal

/// A sweep: the points of a configuration, each read by a process of its own, so that a point that fails, is killed or
/// runs out of memory takes no other one with it.
public struct SweepRun: Sendable {
  let options: RunOptions
  let passed: [String]
  let experiment: String?
  let places: [RunPlace]
  let folder: SweepFolder
  let console: Console

  /// Checks every point; starts nothing.
  ///
  /// - Parameter name: the sweep's name.
  public init(named name: String, _ options: RunOptions, passing flags: Flags) throws {
    var options = options
    let given = options.file
    experiment = try options.takeExperiment()
    self.options = options
    console = options.console
    passed = flags.passed
    folder = SweepFolder(named: name, in: options.out, given: given, overrides: options.overrides)
    places =
      try experiment.map { try Sibling($0).check(options) }
      ?? Evaluation(options: options, controls: .none).bench.places
  }

  /// Prints what each point is, and how far it is.
  func list() {
    let standings = places.map { RunStanding(of: URL(filePath: $0.run)) }
    for (place, standing) in zip(places, standings) {
      if options.isJSON, case .table(let row) = place.settings {
        console.result(Setting.table(row.merging(["standing": .string(standing.words)]) { $1 }).line)
      } else {
        let name = place.ablation.map { " (\($0))" } ?? ""
        console.result("\(place.run)\(name): \(standing.words)")
      }
    }
    let complete = standings.count { $0.isComplete }
    console.note("\(places.count) points, \(complete) complete, \(places.count - complete) to be run")
  }

  func child(_ index: Int) -> Child {
    let file = folder.file(of: places[index], "yaml")
    return Child(
      settings: places[index].full, file: file, run: URL(filePath: places[index].run),
      executable: experiment.map { name in Result { try Sibling(name).executable } } ?? .success(Sibling.own),
      arguments: (experiment == nil ? ["eval", "--no-controls"] : [])
        + ["--with-parent", "--config", file.path, "--out", options.out, "--json", "--quiet", "--no-color"] + passed)
  }

  /// One table of all points, printed and kept in each format, and the points beside the first one.
  ///
  /// - Parameter ends: of all points, in their order; nil for one that did not come to an end.
  /// - Throws: `RunError.points` where points failed.
  func finish(_ ends: [Child.End?]) throws {
    let rows = ends.map { $0?.rows ?? [] }
    let table = Table(ofPoints: zip(places, rows).map { (place: $0, rows: $1) })
    try table.write(to: folder.place)
    console.result(options.isJSON ? table.settings.line : table.markdown)
    console.note("tables: \(folder.place.relativePath)/table.{md,csv,tex,json}")
    try compare(rows)
    try report(ends)
  }

  /// Says which points failed, and why.
  ///
  /// - Throws: `RunError.points` where there are such.
  func report(_ ends: [Child.End?], among shown: Range<Int>? = nil) throws {
    var failed = 0
    let shown = shown ?? places.indices
    for index in shown {
      guard case .failed(let why)? = ends[index]?.state else { continue }
      failed += 1
      console.error("point \(index + 1) of \(places.count), \(places[index].run): \(why)")
    }
    if failed > 0 { throw RunError.points(failed: failed, of: shown.count) }
  }

  /// The points that are complete beside the first of them, on the questions that both have: a table on disk, and
  /// printed where results are for eyes.
  private func compare(_ rows: [[Setting]]) throws {
    // An experiment that trains judges no questions.
    let complete = zip(zip(places, rows), Self.names(of: places)).filter { !$0.0.1.isEmpty }
      .map { (folder: URL(filePath: $0.0.0.run), name: $0.1) }
      .filter { RunScores.stand(in: $0.folder) }
    guard complete.count > 1 else { return }
    let comparison = try RunComparison(of: complete.map { try RunScores(of: $0.folder, named: $0.name) })
    guard comparison.rows.contains(where: { $0.paired.n > 0 }) else { return }
    try comparison.table.write(to: folder.place, named: "comparison")
    console.note("compared with \(comparison.first): \(folder.place.relativePath)/comparison.{md,csv,tex,json}")
    if !options.isJSON { console.result("\n" + comparison.table.markdown) }
    if let note = comparison.note { console.note(note) }
  }

  /// The name that the file gives a point, and the settings in which points differ, the kind of memory among them;
  /// numbered where that does not tell two apart.
  private static func names(of places: [RunPlace]) -> [String] {
    let leaves = places.map(\.full.leaves)
    let varied = Set(leaves.flatMap(\.keys)).filter { key in Set(leaves.compactMap { $0[key] }).count > 1 }.sorted()
    let names = zip(places, leaves).map { place, leaves in
      ((place.ablation.map { [$0] } ?? []) + varied.compactMap { key in leaves[key].map { "\(key)=\($0.line)" } })
        .joined(separator: " ")
    }
    return Set(names).count == names.count ? names : names.enumerated().map { "point \($0 + 1) \($1)" }
  }
}

extension Flags {
  /// What is passed on to the process of a point; the rest is in its settings.
  var passed: [String] {
    (limit.map { ["--limit", "\($0)"] } ?? []) + (concurrency.map { ["--concurrency", "\($0)"] } ?? [])
      + (failOnError.map { ["--fail-on-error", $0] } ?? []) + (retryFailed ? ["--retry-failed"] : [])
  }
}
