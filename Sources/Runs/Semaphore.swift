import Foundation

/// A number of places that tasks take and give back; waiting tasks are served in order.
package final class Semaphore: Sendable {
  private struct State {
    var free: Int
    var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    var nextID = 0
    var cancelled: Set<Int> = []
  }

  private let lock = NSLock()
  private nonisolated(unsafe) var state: State

  package init(_ count: Int) {
    precondition(count > 0, "\(count) places")
    state = State(free: count)
  }

  /// - Throws: `CancellationError` while waiting.
  package func take() async throws {
    let id = lock.withLock {
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        lock.withLock {
          if state.cancelled.remove(id) != nil {
            continuation.resume(throwing: CancellationError())
          } else if state.free > 0 {
            state.free -= 1
            continuation.resume()
          } else {
            state.waiting.append((id, continuation))
          }
        }
      }
    } onCancel: {
      lock.withLock {
        if let index = state.waiting.firstIndex(where: { $0.id == id }) {
          state.waiting.remove(at: index).continuation.resume(throwing: CancellationError())
        } else {
          state.cancelled.insert(id)
        }
      }
    }
  }

  package func give() {
    lock.withLock {
      if state.waiting.isEmpty { state.free += 1 } else { state.waiting.removeFirst().continuation.resume() }
    }
  }
}
