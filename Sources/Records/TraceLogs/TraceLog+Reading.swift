import Palimpsest

extension TraceLog {
  /// Reads a question with a reader and logs its begin, every step, and its end as they happen.
  ///
  /// - Parameter past: a trace of the same question that stopped; it is resumed, in the result and in the
  ///   file.
  /// - Throws: what the reader throws, after every step is in the file; a failed trace has an end in
  ///   the file as well.
  public func reading(
    _ question: Question, with reader: Reader, resuming past: Trace? = nil
  ) async throws -> Trace {
    try begin(question, resuming: past)
    let trace = try await reader.read(question, resuming: past) { try await self.record($0, of: question.id) }
    try end(trace)
    return trace
  }
}
