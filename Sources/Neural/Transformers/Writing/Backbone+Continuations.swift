extension Backbone {
  /// Continuations of requests, in the order of the requests.
  ///
  /// - Parameter width: how many are written side by side.
  /// - Precondition: no request recalls rows or has an interjector; for those there is
  ///   `continuations(awaiting:width:)`.
  public func continuations(of requests: [GenerationRequest], width: Int = 8) -> [Continuation] {
    var batch = Batch(self, width: width)
    return batch.continuations(of: requests)
  }

  /// The same for requests that recall rows or have an interjector.
  ///
  /// - Throws: what a memory threw; the first request's error where several failed.
  public func continuations(
    awaiting requests: [GenerationRequest], width: Int = 8, isolation: isolated (any Actor)? = #isolation
  ) async throws -> [Continuation] {
    var batch = Batch(self, width: width)
    let tickets = requests.map { batch.add($0) }
    var done: [BatchTicket: Result<Continuation, any Error>] = [:]
    while !batch.isEmpty {
      for (ticket, continuation) in batch.step() { done[ticket] = .success(continuation) }
      for (ticket, error) in batch.takeFailures() { done[ticket] = .failure(error) }
      for need in batch.takeNeeds() { batch.deliver(await need.answer(), to: need) }
    }
    return try tickets.compactMap { try done[$0]?.get() }
  }
}

extension Batch {
  /// Adds requests and generates until nothing is left to do. Several calls share one cache.
  ///
  /// - Returns: the continuations of these requests, in their order.
  /// - Precondition: no request recalls rows or has an interjector.
  public mutating func continuations(of requests: [GenerationRequest]) -> [Continuation] {
    let tickets = requests.map { add($0) }
    var done: [BatchTicket: Continuation] = [:]
    while !isEmpty {
      precondition(!isBlocked, "a request waits for a memory; call continuations(awaiting:)")
      for (ticket, continuation) in step() { done[ticket] = continuation }
    }
    return tickets.compactMap { done[$0] }
  }
}
