import Palimpsest
import Tensors
import Transformers

/// Generates the replies of one model: requests come from many tasks, and each forward pass serves all of
/// them.
///
/// Passes run on a thread of their own, so that other tasks continue meanwhile.
actor Batcher {
  private let backbone: any Backbone
  private var batch: any GenerationBatch
  private var waiting: [BatchTicket: CheckedContinuation<Continuation, any Error>] = [:]
  /// What is being asked for requests.
  private var questions: [BatchTicket: Task<Void, Never>] = [:]
  private var isRunning = false
  private let executor = SerialThread(label: "palimpsest.model")
  nonisolated let meter = Meter()

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ backbone: any Backbone, width: Int) {
    self.backbone = backbone
    batch = backbone.makeBatch(width: width)
  }

  /// - Throws: `CancellationError`, and the request is cancelled.
  func continuation(of request: GenerationRequest) async throws -> Continuation {
    try Task.checkCancellation()
    let ticket = batch.add(request)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting[ticket] = continuation
        start()
      }
    } onCancel: {
      Task { await self.giveUp(ticket) }
    }
  }

  /// One pass over a passage that nothing follows.
  ///
  /// - Throws: what row sources throw.
  func tapped(_ passage: Passage, _ taps: Set<Tap>) async throws -> [Tap: Tensor] {
    try await backbone.states(awaiting: [passage], taps: taps).taps[0]
  }

  /// The log-probabilities of the tokens of a passage from a position on.
  ///
  /// - Throws: what row sources throw.
  func scores(of passage: Passage, from position: Int) async throws -> Tensor {
    let mask = (0..<passage.count).map { $0 >= position }
    return try await backbone.scores(awaiting: [passage], masks: [mask])[0]
  }

  private func start() {
    guard !isRunning else { return }
    isRunning = true
    Task { await run() }
  }

  /// Steps while there is something to do. Questions to memories are asked by tasks of their own; their answers start
  /// it again.
  private func run() async {
    while !batch.isEmpty, !batch.isBlocked {
      for (ticket, continuation) in batch.step() {
        end(ticket, .success(continuation))
      }
      for (ticket, error) in batch.takeFailures() { end(ticket, .failure(error)) }
      for need in batch.takeNeeds() { ask(need) }
      meter.note(batch)
      // Between two passes requests may be added or cancelled.
      await Task.yield()
    }
    isRunning = false
  }

  private func end(_ ticket: BatchTicket, _ result: Result<Continuation, any Error>) {
    waiting.removeValue(forKey: ticket)?.resume(with: result)
  }

  /// Asks a memory away from the thread of the passes, which is free meanwhile.
  private func ask(_ need: BatchNeed) {
    let task = Task.detached {
      let answer = await need.answer()
      await self.deliver(answer, to: need)
    }
    for ticket in need.tickets { questions[ticket] = task }
  }

  private func deliver(_ answer: BatchNeed.Answer, to need: BatchNeed) {
    for ticket in need.tickets { questions[ticket] = nil }
    batch.deliver(answer, to: need)
    start()
  }

  private func giveUp(_ ticket: BatchTicket) {
    guard let continuation = waiting.removeValue(forKey: ticket) else { return }
    // A question that several requests wait for is not cancelled for one of them.
    if let question = questions.removeValue(forKey: ticket), !questions.values.contains(question) { question.cancel() }
    batch.cancel(ticket)
    continuation.resume(throwing: CancellationError())
    start()
  }
}
