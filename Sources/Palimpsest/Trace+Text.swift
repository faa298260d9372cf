extension Trace {
  /// The same trace with the text of its chunks taken from the question's source again, where it came
  /// from a log that keeps ranges only.
  ///
  /// - Throws: `TraceTextError` where the source is shorter than the text that was read; what the source
  ///   throws where it cannot be read.
  public func withText() async throws -> Trace {
    guard case .text(let source) = question.source,
      steps.contains(where: { $0.chunk.isWithoutText })
    else { return self }
    var trace = self
    var window: [UInt8] = []
    var start = 0  // of the window in the text
    for index in trace.steps.indices where trace.steps[index].chunk.isWithoutText {
      let range = trace.steps[index].chunk.range
      if range.lowerBound < start || range.lowerBound > start + window.count {
        window = []
        start = range.lowerBound
      }
      window.removeFirst(range.lowerBound - start)
      start = range.lowerBound
      while window.count < range.count, let piece = try await source.piece(from: start + window.count) {
        window += piece
      }
      guard window.count >= range.count else {
        throw TraceTextError(question: question.id, chunk: index, end: range.upperBound, bytes: start + window.count)
      }
      trace.steps[index].chunk.content = .text(String(decoding: window[..<range.count], as: UTF8.self))
    }
    return trace
  }
}

extension Chunk {
  /// Whether the text was left out where the chunk came from.
  fileprivate var isWithoutText: Bool {
    if case .text(let text) = content { text.isEmpty && !range.isEmpty } else { false }
  }
}

/// The text of a question is not the one that its trace was read from.
public struct TraceTextError: Failure, Equatable {
  public var question: Question.ID
  /// The place of its step in the trace.
  public var chunk: Int
  /// Where the chunk ended.
  public var end: Int
  /// Bytes that the text has.
  public var bytes: Int

  public var exitClass: ExitClass { .usage }

  public var description: String {
    "chunk \(chunk) of question \(question) ended at byte \(end), and its text has \(bytes) bytes now; "
      + "put the text back as it was read, or start a new run"
  }
}
