import Evaluations
import Foundation
import Palimpsest
import Runs
import Settings
import Tables
import Terminal

/// A sweep in a pool of processes: a point that fails, is killed or runs out of memory takes no other
/// one with it.
public struct PooledSweep: Sendable {
  private let options: RunOptions
  private let passed: [String]
  private let experiment: String?
  private let places: [RunPlace]
  private let shelf: URL
  private let console: Console

  /// Checks every point; starts nothing.
  public init(named config: String, _ options: RunOptions, passing flags: Flags) throws {
    var options = options
    experiment = try options.takeExperiment()
    self.options = options
    console = options.console
    passed = flags.passed
    let name = RunName.safe(URL(filePath: config).deletingPathExtension().lastPathComponent)
    shelf = URL(filePath: options.out).appending(path: "sweep-\(name)")
    places =
      try experiment.map { try Sibling($0).check(options) }
      ?? Evaluation(options: options, hasControls: false).bench.places
  }

  /// - Parameter jobs: processes at a time.
  public func run(jobs: Int?) async throws {
    let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    console.note("\(places.count) points, \(jobs) at a time")
    if options.isDry {
      return places.forEach { console.result(options.isJSON ? $0.settings.line : $0.run) }
    }
    try FileManager.default.createDirectory(at: shelf, withIntermediateDirectories: true)
    var ends: [Int: Child.End] = [:]
    var next = 0
    await withTaskGroup(of: (Int, Child.End).self) { group in
      func start() {
        guard next < places.count, !Interruption.isRequested else { return }
        let index = next
        next += 1
        group.addTask { (index, await self.child(index).run()) }
      }
      for _ in 0..<jobs { start() }
      for await (index, end) in group {
        ends[index] = end
        console.note("point \(index + 1) of \(places.count) \(end.state.words)")
        start()
      }
    }
    // A point that was interrupted has not failed.
    if Interruption.isRequested || ends.values.contains(where: { $0.state == .interrupted }) {
      throw RunError.interrupted(resume: Interruption.command)
    }
    try finish(places.indices.map { ends[$0]?.rows ?? [] })
    var failed = 0
    for index in places.indices {
      guard case .failed(let why)? = ends[index]?.state else { continue }
      failed += 1
      console.error("point \(index + 1) of \(places.count): \(why)")
    }
    if failed > 0 { throw RunError.points(failed: failed, of: places.count) }
  }

  private func child(_ index: Int) -> Child {
    let file = shelf.appending(path: "point-\(index + 1).yaml")
    return Child(
      settings: places[index].full, file: file,
      executable: experiment.map { name in Result { try Sibling(name).executable } } ?? .success(Sibling.own),
      arguments: (experiment == nil ? ["eval", "--no-controls", "--with-parent"] : [])
        + ["--config", file.path, "--out", options.out, "--json", "--quiet", "--no-color"] + passed)
  }

  /// One table of all points: printed, and kept in each format.
  private func finish(_ rows: [[Setting]]) throws {
    let table = Table(ofPoints: zip(places, rows).map { (place: $0, rows: $1) })
    try table.write(to: shelf)
    console.result(options.isJSON ? table.settings.line : table.markdown)
    console.note("tables: \(shelf.relativePath)/table.{md,csv,tex,json}")
    try compare(rows)
  }
}

extension PooledSweep {
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
    try comparison.table.write(to: shelf, named: "comparison")
    console.note("compared with \(comparison.first): \(shelf.relativePath)/comparison.{md,csv,tex,json}")
    if !options.isJSON { console.result("\n" + comparison.table.markdown) }
    if let note = comparison.note { console.note(note) }
  }
}

extension PooledSweep {
  /// The settings in which points differ, and the kind of memory; numbered where that does not tell two apart.
  private static func names(of places: [RunPlace]) -> [String] {
    let leaves = places.map(\.full.leaves)
    let varied = Set(leaves.flatMap(\.keys)).filter { key in Set(leaves.compactMap { $0[key] }).count > 1 }.sorted()
    let names = leaves.map { leaves in
      varied.compactMap { key in leaves[key].map { "\(key)=\($0.line)" } }.joined(separator: " ")
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
