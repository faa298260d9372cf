import Foundation
import Palimpsest
import Synchronization
import Transformers

/// What a model has read and written, and how fast: told after each pass, asked at any time.
final class Meter: Sendable {
  private struct State {
    var counts = Batch.Counts()
    var replies = 0
    var waiting = 0
    var warnings: [String] = []
  }

  private let state = Mutex(State())

  func note(_ batch: Batch) {
    state.withLock {
      $0.counts = batch.counts
      $0.waiting = batch.waitingPositions
    }
  }

  /// Keeps what is said of prompts, each sentence once.
  func warn(_ sentence: String) {
    state.withLock { if !$0.warnings.contains(sentence) { $0.warnings.append(sentence) } }
  }

  func countReply() { state.withLock { $0.replies += 1 } }

  /// The rates, for a progress line; nil before the first pass.
  var progress: String? {
    let state = state.withLock { $0 }
    guard state.counts.read > 0 else { return nil }
    let waiting = state.waiting > 0 ? " (\(state.waiting) to go)" : ""
    return state.counts.words(read: "prompts", written: "replies") + waiting
  }

  /// In a line; nil where nothing was asked.
  var account: String? {
    let state = state.withLock { $0 }
    guard state.replies > 0 else { return nil }
    return "\(state.replies) \(state.replies == 1 ? "reply" : "replies"); "
      + state.counts.words(read: "tokens read", written: "written")
      + state.warnings.map { "; warning: \($0)" }.joined()
  }
}

extension Batch.Counts {
  fileprivate func words(read: String, written: String) -> String {
    func rate(_ count: Int, _ seconds: Double) -> String {
      seconds > 0
        ? String(format: " at %.*f tok/s", Double(count) / seconds < 100 ? 1 : 0, Double(count) / seconds) : ""
    }
    let taken = shared > 0 ? ", \(shared) taken over" : ""
    return "\(self.read) \(read)\(rate(self.read, readSeconds))\(taken), "
      + "\(self.written) \(written)\(rate(self.written, writeSeconds))"
  }
}
