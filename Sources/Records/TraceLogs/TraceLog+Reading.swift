import Palimpsest

extension TraceLog {
  /// Reads a question with a reader and logs it as it goes: taken up, every step, the end.
  ///
  /// - Parameter past: a trace of the same question that stopped; it is gone on with, here and in the file.
  /// - Throws: what the reader throws, after what was read is in the file; `end` of a trace that failed
  ///   writes that it did.
  public func reading(
    _ question: Question, with reader: Reader, resuming past: Trace? = nil
  ) async throws -> Trace {
    try begin(question, resuming: past)
    let trace = try await reader.read(question, resuming: past) { try await self.record($0, of: question.id) }
    try end(trace)
    return trace
  }
}
