extension Decoder {
  /// Continuations of requests, in their order.
  ///
  /// - Parameter width: how many are written side by side.
  public func continuations(of requests: [GenerationRequest], width: Int = 8) -> [Continuation] {
    var batch = Batch(self, width: width)
    let tickets = requests.map { batch.add($0) }
    var done: [Batch.Ticket: Continuation] = [:]
    while !batch.isEmpty { for (ticket, continuation) in batch.step() { done[ticket] = continuation } }
    return tickets.compactMap { done[$0] }
  }
}
