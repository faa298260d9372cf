import Basics
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// How an array job runs a sweep.
public struct SlurmOptions: Sendable {
  /// Points of a task.
  public var pack = 1
  /// Tasks at a time; nil leaves it to the cluster.
  public var jobs: Int?
  /// Seconds before the time limit at which points save.
  public var notice = 120
  /// Further options of sbatch.
  public var sbatch: [String] = []
  /// Whether the process waits for the array and gathers what came out.
  public var waits = true
}

extension SweepRun {
  /// Has an array job of Slurm run the points that are not done, waits for it, and gathers what came out.
  ///
  /// An array of this sweep that stands in the queue is waited for, and no second one is submitted.
  ///
  /// - Parameter config: the file of settings, which the tasks read again.
  public func runOnSlurm(_ slurm: SlurmOptions, config: String) async throws {
    try folder.open(for: places)
    let lock = try FolderLock(folder.place)
    defer { withExtendedLifetime(lock) {} }
    let array = array(slurm, config: config)
    let parts = (1...array.tasks).map { SweepPart($0, of: array.tasks) }
    let open = parts.filter { part in part.range(of: places.count).contains { !isDone($0) } }.map(\.index)
    var job = try array.queue().job
    if let job {
      console.note("the array job \(job) of this sweep stands in the queue already")
    } else if !open.isEmpty {
      for part in open { for index in parts[part - 1].range(of: places.count) { try folder.forget(places[index]) } }
      job = try array.submit(open)
      console.note(
        "array job \(job ?? ""): \(open.count) task\(open.count == 1 ? "" : "s") of \(slurm.pack) points at most; "
          + array.folder.appending(path: "array.sh").relativePath)
    }
    guard slurm.waits else {
      return console.note(
        job == nil
          ? "every point is done; the same command without --no-wait prints the table"
          : "the same command waits for it, and prints the table when it is done")
    }
    if let job { try await wait(for: array, job) }
    try finish(places.indices.map { index in ended(index, array, parts, job) })
  }

  private func array(_ slurm: SlurmOptions, config: String) -> SlurmArray {
    let path = folder.place.standardizedFileURL.path
    let tasks = (places.count + slurm.pack - 1) / slurm.pack
    let overrides = options.overrides.flatMap { ["--set", "\($0.path)=\($0.value.line)"] }
    return SlurmArray(
      name: "palimpsest-\(RunName.safe(folder.name))-\(SHA256.hash(path).prefix(8))",
      folder: URL(filePath: path).appending(path: "slurm"), tasks: tasks, jobs: slurm.jobs, notice: slurm.notice,
      options: slurm.sbatch,
      command: [Sibling.own.path, "sweep", config, "--name", folder.name, "--out", options.out, "--no-color"]
        + overrides + passed)
  }

  private func isDone(_ index: Int) -> Bool {
    guard !options.retriesFailed, let end = folder.end(of: places[index]), end.state == .done else { return false }
    return RunStanding(of: URL(filePath: places[index].run)).isComplete
  }

  /// Waits until no task of the array is in the queue.
  private func wait(for array: SlurmArray, _ job: String) async throws {
    var (pause, misses) = (0.25, 0)
    while true {
      guard !Interruption.isRequested else {
        console.note("the array job \(job) goes on; scancel \(job) ends it")
        throw RunError.interrupted(resume: Interruption.command)
      }
      do {
        let states = try array.queue().states
        misses = 0
        if states.isEmpty { break }
        let done = places.count { FileManager.default.fileExists(atPath: folder.file(of: $0, "json").path) }
        let words = states.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        console.progress("array job \(job): tasks \(words); \(done) of \(places.count) points through")
      } catch {
        // A controller that restarts does not end a sweep.
        misses += 1
        if misses == 20 { throw error }
      }
      try await Task.sleep(for: .seconds(pause))
      pause = min(15, pause * 1.5)
    }
    console.endProgress()
  }

  /// How a point ended; one that left no word failed with its task.
  private func ended(_ index: Int, _ array: SlurmArray, _ parts: [SweepPart], _ job: String?) -> Child.End? {
    let end = folder.end(of: places[index])
    if let end, end.state != .interrupted { return end }
    let task = parts.first { $0.range(of: places.count).contains(index) }?.index ?? 1
    let fate = job.flatMap { array.fate(of: task, in: $0) }.map { " (\($0))" } ?? ""
    return Child.End(
      state: .failed(
        "task \(task)\(job.map { " of array job \($0)" } ?? "") ended before it\(fate); its output: "
          + array.folder.appending(path: "\(job ?? "*")_\(task).log").path + "; the same command submits it again"))
  }
}
