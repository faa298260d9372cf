/// The number of calls that one replica gets at a time, adapted to its load.
///
/// It starts at 20. When all places are taken and calls succeed, a tenth is added after each round
/// of successes; a 429 removes a fifth, at most once in 15 seconds; a 5xx only stops growth for 15
/// seconds. Waiting calls are served in order; a cancelled call leaves the queue.
package actor Throttle {
  package typealias Bounds = RemotePolicy.Concurrency

  /// The meaning of a call's result for the load of its replica.
  package enum Sign: Sendable { case served, limited, strained, nothing }

  private let bounds: Bounds
  private let watch: Watch
  private var exact: Double
  /// Successes since the limit last changed, and whether all places were taken since then: free
  /// places say nothing about the load that the replica can take.
  private var served = 0
  private var wasFull = false
  private var isFrozenUntil = 0.0
  private var isSparedUntil = 0.0
  private var queue: [(id: Int, place: CheckedContinuation<Void, any Error>)] = []
  private var lastID = 0

  /// Calls under way, and the most there ever were.
  package private(set) var active = 0
  package private(set) var peak = 0
  package var limit: Int { Int(exact) }
  package var waiting: Int { queue.count }

  package static let coolDown = 15.0

  package init(_ bounds: Bounds, watch: Watch) {
    self.bounds = bounds
    self.watch = watch
    exact = Double(bounds.start)
  }

  /// Runs a call as soon as there is a place for it.
  ///
  /// - Throws: `CancellationError` when the task is cancelled while it waits.
  package nonisolated func run<Outcome: Sendable>(
    _ call: @Sendable () async throws -> Outcome, sign: @Sendable (Outcome) -> Sign
  ) async throws -> Outcome {
    try await enter()
    do {
      let outcome = try await call()
      await leave(sign(outcome))
      return outcome
    } catch {
      await leave(.nothing)
      throw error
    }
  }

  private func enter() async throws {
    try Task.checkCancellation()
    // No call overtakes: a free place belongs to the first in the queue.
    if active < limit, queue.isEmpty { return admit() }
    lastID += 1
    let id = lastID
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { queue.append((id, $0)) }
    } onCancel: {
      Task { await forget(id) }
    }
  }

  private func forget(_ id: Int) {
    guard let index = queue.firstIndex(where: { $0.id == id }) else { return }
    queue.remove(at: index).place.resume(throwing: CancellationError())
  }

  private func admit() {
    active += 1
    peak = max(peak, active)
    if active >= limit { wasFull = true }
  }

  private func leave(_ sign: Sign) {
    active -= 1
    let now = watch.seconds()
    switch sign {
    case .served: if wasFull, now >= isFrozenUntil { grow() }
    case .limited:
      if now >= isSparedUntil {
        exact = max(Double(bounds.floor), exact * 0.8)
        isSparedUntil = now + Self.coolDown
        served = 0
        wasFull = false
      }
      isFrozenUntil = now + Self.coolDown
    case .strained: isFrozenUntil = now + Self.coolDown
    case .nothing: break
    }
    while active < limit, !queue.isEmpty {
      admit()
      queue.removeFirst().place.resume()
    }
  }

  private func grow() {
    served += 1
    guard served >= limit else { return }
    served = 0
    wasFull = false
    exact = min(Double(bounds.ceiling), exact + max(1, exact / 10))
  }
}
