import Foundation
import Palimpsest
import Runs
import Terminal

extension SweepRun {
  /// Runs points in a pool of processes. One sweep has one pool; parts of it share the folder.
  ///
  /// - Parameters:
  ///   - jobs: processes at a time; nil for one per core.
  ///   - part: the share of the points that this process runs; nil for all, which gives a table too.
  public func run(jobs: Int?, part: SweepPart? = nil) async throws {
    let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    let shown = part?.range(of: places.count) ?? places.indices
    console.note("\(shown.count) points, \(jobs) at a time")
    try folder.open(for: places)
    let lock = try part == nil ? FolderLock(folder.place) : nil
    defer { withExtendedLifetime(lock) {} }
    let ends = try await pooled(shown, jobs: jobs)
    // A point that was interrupted has not failed.
    if Interruption.isRequested || ends.contains(where: { $0?.state == .interrupted }) {
      throw RunError.interrupted(resume: Interruption.command)
    }
    if part == nil { try finish(ends) } else { try report(ends, among: shown) }
  }

  private func pooled(_ shown: Range<Int>, jobs: Int) async throws -> [Child.End?] {
    let progress = SweepProgress(console, points: shown.count)
    return try await withThrowingTaskGroup(of: (Int, Child.End).self) { group in
      var ends = [Child.End?](repeating: nil, count: places.count)
      var left = shown[...]
      func start() {
        guard !Interruption.isRequested, let index = left.popFirst() else { return }
        progress.begin()
        group.addTask { (index, await self.child(index).run()) }
      }
      for _ in 0..<jobs { start() }
      for try await (index, end) in group {
        ends[index] = end
        progress.end("point \(index + 1) of \(places.count)", end.state)
        start()
        try folder.keep(end, of: places[index])
      }
      progress.close()
      return ends
    }
  }
}

/// One of so many shares of the points, in their order: `2/3` has the second third.
public struct SweepPart: Sendable, Hashable {
  /// From 1.
  var index: Int
  var count: Int

  init(_ index: Int, of count: Int) { (self.index, self.count) = (index, count) }

  /// - Returns: nil where the words are not `1/3`.
  public init?(_ words: String) {
    let numbers = words.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1], (1...100_000).contains(count),
      (1...count).contains(index)
    else { return nil }
    self.init(index, of: count)
  }

  /// Shares differ by one point at most.
  func range(of points: Int) -> Range<Int> { (index - 1) * points / count..<index * points / count }
}

/// The progress of a sweep: on a terminal a line that is rewritten every second, else a line per point.
final class SweepProgress: @unchecked Sendable {
  private let console: Console
  private let points: Int
  private let lock = NSLock()
  private let began = ContinuousClock.now
  private var (running, done, failed) = (0, 0, 0)
  private var ticking: Task<Void, Never>?

  init(_ console: Console, points: Int) {
    (self.console, self.points) = (console, points)
    guard console.isTerminal, !console.isQuiet else { return }
    ticking = Task { [weak self] in
      // Nothing waits for the line: it ends when it is cancelled.
      while (try? await Task.sleep(for: .seconds(1))) != nil, let self { self.console.progress(self.line) }
    }
  }

  deinit { ticking?.cancel() }

  func begin() { lock.withLock { running += 1 } }

  func end(_ point: String, _ state: Child.State) {
    lock.withLock {
      running -= 1
      if state == .done { done += 1 }
      if case .failed = state { failed += 1 }
    }
    if state != .done || !console.isTerminal {
      console.note("\(point) \(state.words); \(line)")
    } else {
      console.progress(line)
    }
  }

  func close() {
    ticking?.cancel()
    console.endProgress()
  }

  var line: String {
    let (running, done, failed) = lock.withLock { (self.running, self.done, self.failed) }
    return Self.line(
      points: points, running: running, done: done, failed: failed, seconds: (.now - began) / .seconds(1))
  }

  static func line(points: Int, running: Int, done: Int, failed: Int, seconds: Double) -> String {
    let (ended, counts) = (
      done + failed, "\(done) of \(points) done\(failed > 0 ? ", \(failed) failed" : ""), \(running) running"
    )
    guard ended > 0, ended < points else { return counts }
    let left = seconds / Double(ended) * Double(points - ended)
    return counts
      + (left < 90 ? ", about \(Int(left.rounded(.up))) s left" : ", about \(Int((left / 60).rounded(.up))) min left")
  }
}
