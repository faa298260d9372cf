import Palimpsest
import Tensors
import Transformers

/// Generates the replies of one model: requests come from many tasks, and each forward pass serves all of
/// them.
///
/// Passes run on a thread of their own, so that other tasks continue meanwhile.
actor Batcher {
  private var batch: Batch
  private var waiting: [Batch.Ticket: CheckedContinuation<Continuation, any Error>] = [:]
  private var isRunning = false
  private let executor = SerialThread(label: "palimpsest.model")
  nonisolated let meter = Meter()

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ decoder: Decoder, width: Int) { batch = Batch(decoder, width: width) }

  /// - Throws: `CancellationError`, and the request is cancelled.
  func continuation(of request: GenerationRequest) async throws -> Continuation {
    try Task.checkCancellation()
    let ticket = batch.add(request)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting[ticket] = continuation
        if !isRunning {
          isRunning = true
          Task { await run() }
        }
      }
    } onCancel: {
      Task { await self.giveUp(ticket) }
    }
  }

  /// One pass over a passage that nothing follows.
  func tapped(_ passage: Passage, _ taps: Set<Tap>) -> [Tap: Tensor] {
    batch.decoder.states(of: [passage], taps: taps).taps[0]
  }

  private func run() async {
    while !batch.isEmpty {
      for (ticket, continuation) in batch.step() {
        waiting.removeValue(forKey: ticket)?.resume(returning: continuation)
      }
      meter.note(batch)
      // Between two passes requests may be added or cancelled.
      await Task.yield()
    }
    isRunning = false
  }

  private func giveUp(_ ticket: Batch.Ticket) {
    guard let continuation = waiting.removeValue(forKey: ticket) else { return }
    batch.cancel(ticket)
    continuation.resume(throwing: CancellationError())
  }
}
