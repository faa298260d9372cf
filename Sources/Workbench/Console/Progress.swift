import Foundation
import Palimpsest

/// How far a run is: a line that is rewritten while somebody watches, a plain line now and then where
/// nobody does, so that the log of a long run shows that it lives.
package actor Progress {
  private let console: Console
  private let start = ContinuousClock.now
  private var shown: ContinuousClock.Instant?
  private var questions = 0
  private var chunks = 0
  private var bytes = 0

  init(_ console: Console) { self.console = console }

  func add(_ step: Step) {
    chunks += 1
    bytes += step.chunk.next - step.chunk.range.lowerBound
    show(every: console.isTerminal ? .milliseconds(100) : .seconds(30))
  }

  func addQuestion() {
    questions += 1
    if console.isTerminal { show(every: .zero) }
  }

  private func show(every interval: Duration) {
    let now = ContinuousClock.now
    guard now - (shown ?? start) >= interval else { return }
    shown = now
    console.progress(
      Self.line(questions: questions, chunks: chunks, bytes: bytes, seconds: (now - start) / .seconds(1)))
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
