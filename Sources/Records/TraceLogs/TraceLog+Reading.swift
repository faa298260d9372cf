import Palimpsest

extension TraceLog {
  /// Reads a question with a reader and logs its begin, every step, and its end as they happen.
  ///
  /// - Parameter past: a trace of the same question that stopped; it is resumed, in the result and in the
  ///   file.
  /// - Throws: what the reader throws, after every step is in the file; a failed trace has an end in
  ///   the file as well.
  public func reading(
    _ question: Question, rollout: Int = 0, with reader: Reader, resuming past: Trace? = nil
  ) async throws -> Trace {
    try await begin(question, rollout: rollout, resuming: past)
    let id = Trace.id(of: question.id, rollout: rollout)
    let trace = try await reader.read(question, rollout: rollout, resuming: past) {
      try await self.record($0, of: id)
    }
    try await end(trace)
    return trace
  }
}
