import Foundation
import Palimpsest
import Synchronization
import Transformers

/// Counts and speed of a model: updated after each pass, readable at any time.
final class Meter: Sendable {
  private struct State {
    var counts = BatchCounts()
    var replies = 0
    var waiting = 0
    var warnings: [String] = []
  }

  private let state = Mutex(State())

  func note(_ batch: any GenerationBatch) {
    state.withLock {
      $0.counts = batch.counts
      $0.waiting = batch.waitingPositions
    }
  }

  /// Keeps what is said of prompts, each sentence once.
  func warn(_ sentence: String) {
    state.withLock { if !$0.warnings.contains(sentence) { $0.warnings.append(sentence) } }
  }

  /// What was said of prompts.
  var warnings: [String] { state.withLock(\.warnings) }

  func countReply() { state.withLock { $0.replies += 1 } }

  /// The rates, for a progress line; nil before the first pass.
  var progress: String? {
    let state = state.withLock { $0 }
    guard state.counts.read > 0 else { return nil }
    let waiting = state.waiting > 0 ? " and \(state.waiting) to go" : ""
    return "prompts: \(state.counts.reading)\(waiting); replies: \(state.counts.writing)"
  }

  /// In a line; nil where nothing was asked.
  var account: String? {
    let state = state.withLock { $0 }
    guard state.replies > 0 else { return nil }
    let replies = "\(state.replies) \(state.replies == 1 ? "reply" : "replies")"
    let shared = state.counts.shared > 0 ? ", \(state.counts.shared) taken over" : ""
    return "\(replies); prompts: \(state.counts.reading)\(shared); replies: \(state.counts.writing)"
  }
}

extension BatchCounts {
  fileprivate var reading: String { Self.words(read, readSeconds) }
  fileprivate var writing: String { Self.words(written, writeSeconds) }

  private static func words(_ count: Int, _ seconds: Double) -> String {
    let rate = Double(count) / seconds
    let digits = rate < 100 ? 1 : 0
    return "\(count) tokens" + (seconds > 0 ? String(format: " at %.*f tok/s", digits, rate) : "")
  }
}
