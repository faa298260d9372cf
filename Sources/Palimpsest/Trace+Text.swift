extension Trace {
  /// The same trace with the text of its chunks taken from the question's source again, where it came
  /// from a log that keeps ranges only. A source that can no longer be read leaves it as it is.
  public func withText() async -> Trace {
    guard case .text(let source) = question.source,
      steps.contains(where: { $0.chunk.isWithoutText })
    else { return self }
    var trace = self
    var window: [UInt8] = []
    var start = 0  // of the window in the text
    do {
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
        guard window.count >= range.count else { return self }
        trace.steps[index].chunk.content = .text(String(decoding: window[..<range.count], as: UTF8.self))
      }
    } catch {
      return self
    }
    return trace
  }
}

extension Chunk {
  fileprivate var isWithoutText: Bool {
    if case .text(let text) = content { text.isEmpty && !range.isEmpty } else { false }
  }
}
