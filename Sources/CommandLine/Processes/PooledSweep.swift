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
  private let points: [Setting]
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
    if experiment == nil {
      let evaluation = try Evaluation(options: options, hasControls: false)
      points = evaluation.arms.map(\.point.full)
    } else {
      points = try Sweep(product: options.file, overrides: options.overrides).points
    }
  }

  /// - Parameter jobs: processes at a time.
  public func run(jobs: Int?) async throws {
    let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    console.note("\(points.count) points, \(jobs) at a time")
    if options.isDry { return points.forEach { console.result($0.line) } }
    try FileManager.default.createDirectory(at: shelf, withIntermediateDirectories: true)
    var rows: [Int: [Setting]] = [:]
    var failures: [String] = []
    var next = 0
    await withTaskGroup(of: (Int, Child.End).self) { group in
      func start() {
        guard next < points.count, !Interruption.isRequested else { return }
        let index = next
        next += 1
        group.addTask { (index, await self.child(index).run()) }
      }
      for _ in 0..<jobs { start() }
      for await (index, end) in group {
        rows[index] = end.rows
        if let failure = end.failure { failures.append("point \(index + 1) of \(points.count): \(failure)") }
        console.note("point \(index + 1) of \(points.count) \(end.failure == nil ? "is done" : "failed")")
        start()
      }
    }
    if Interruption.isRequested { throw WorkbenchError.interrupted(resume: Interruption.command) }
    try finish(points.indices.flatMap { rows[$0] ?? [] })
    failures.forEach { console.error($0) }
    if !failures.isEmpty { throw WorkbenchError.failures(failures.count, of: points.count) }
  }

  private func child(_ index: Int) -> Child {
    let file = shelf.appending(path: "point-\(index + 1).yaml")
    return Child(
      settings: points[index], file: file,
      executable: experiment.map { name in Result { try Sibling(name).executable } } ?? .success(Sibling.own),
      arguments: (experiment == nil ? ["eval", "--no-controls", "--with-parent"] : [])
        + ["--config", file.path, "--out", options.out, "--json", "--quiet", "--no-color"] + passed)
  }

  /// One table of all points: printed, and kept in each format.
  private func finish(_ rows: [Setting]) throws {
    let objects = rows.map { row in if case .table(let table) = row { table } else { [:] as [String: Setting] } }
    let leading = ["arm", "task"]
    let varied = Table.varied(points)
    let keys = Set(objects.flatMap(\.keys)).subtracting(leading + ["run", "control", "memoryHoldsInterval"]).sorted()
    var table = Table(leading.filter { key in objects.contains { $0[key] != nil } } + varied + keys + ["run"])
    for (index, object) in objects.enumerated() {
      let point = objects.count == points.count ? points[index] : .null
      table.add(
        table.columns.map { column in
          Table.Cell(object[column] ?? (varied.contains(column) ? point[column] : nil) ?? .null)
        })
    }
    try table.write(to: shelf)
    console.result(options.isJSON ? table.settings.line : table.markdown)
    console.note("tables: \(shelf.relativePath)/table.{md,csv,tex,json}")
  }
}

extension Table {
  /// The paths in which settings differ from each other, sorted.
  static func varied(_ points: [Setting]) -> [String] {
    let leaves = points.map(\.leaves)
    guard let first = leaves.first else { return [] }
    return Set(leaves.flatMap(\.keys)).filter { key in leaves.contains { $0[key] != first[key] } }.sorted()
  }
}

extension Flags {
  /// What is passed on to the process of a point; the rest is in its settings.
  var passed: [String] {
    (limit.map { ["--limit", "\($0)"] } ?? []) + (concurrency.map { ["--concurrency", "\($0)"] } ?? [])
      + (failOnError.map { ["--fail-on-error", $0] } ?? []) + (retryFailed ? ["--retry-failed"] : [])
  }
}
