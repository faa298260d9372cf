import Foundation
import Palimpsest

/// The progress of a run: on a terminal, a line that is rewritten; otherwise a plain line now and
/// then, so that the log of a long run shows that it is alive.
package actor Progress {
  private let console: Console
  private let begin = ContinuousClock.now
  private var shown: ContinuousClock.Instant?
  private var questions = 0
  private var chunks = 0
  private var bytes = 0
  private let policy: (any Policy)?
  private var ticking: Task<Void, Never>?

  /// - Parameter policy: asked how far it is, where a reply takes longer than a line stays fresh.
  package init(_ console: Console, of policy: (any Policy)? = nil) {
    self.console = console
    self.policy = policy
  }

  deinit { ticking?.cancel() }

  /// From now on the line is shown again while nothing else happens.
  package func start() {
    guard ticking == nil, policy != nil else { return }
    let interval = interval
    ticking = Task { [weak self] in
      while true {
        // No task waits for the line: it ends when it is cancelled.
        guard (try? await Task.sleep(for: interval)) != nil, let self else { return }
        await self.show(every: interval)
      }
    }
  }

  /// Nothing is shown any more.
  package func end() {
    ticking?.cancel()
    ticking = nil
    console.endProgress()
  }

  private var interval: Duration { console.isTerminal ? .milliseconds(500) : .seconds(30) }

  package func add(_ step: Step) {
    chunks += 1
    bytes += step.chunk.next - step.chunk.range.lowerBound
    show(every: console.isTerminal ? .milliseconds(100) : .seconds(30))
  }

  package func addQuestion() {
    questions += 1
    if console.isTerminal { show(every: .zero) }
  }

  private func show(every interval: Duration) {
    let now = ContinuousClock.now
    guard now - (shown ?? begin) >= interval else { return }
    shown = now
    let line = Self.line(questions: questions, chunks: chunks, bytes: bytes, seconds: (now - begin) / .seconds(1))
    console.progress(line + (policy?.progress.map { "; \($0)" } ?? ""))
  }

  package static func line(questions: Int, chunks: Int, bytes: Int, seconds: Double) -> String {
    let read = "\(questions) question\(questions == 1 ? "" : "s") read"
    guard chunks > 0 else { return read }  // everything stood on disk
    let megabytes = Double(bytes) / 1e6
    let rate = seconds > 0 ? ", \(rounded(megabytes / seconds)) MB/s" : ""
    return "\(read), \(chunks) chunk\(chunks == 1 ? "" : "s"), \(rounded(megabytes)) MB\(rate)"
  }

  /// Three digits, as far as they say something.
  private static func rounded(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
  }
}
