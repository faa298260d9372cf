import Palimpsest
import Testing

@Suite struct `A trace from a log without texts` {
  /// Chunks that overlap, with or without their texts.
  private func trace(_ text: String, hasText: Bool) -> Trace {
    var trace = Trace(of: Question(id: "q", ask: "?", source: .text(text)))
    for (index, start) in stride(from: 0, to: text.utf8.count, by: 3).enumerated() {
      let range = start..<min(start + 5, text.utf8.count)
      let content = hasText ? String(decoding: Array(text.utf8)[range], as: UTF8.self) : ""
      trace.append(
        Step(
          chunk: Chunk(index: index, content: .text(content), range: range, next: start + 3), draft: Draft(),
          decision: Decision(write: 0), changes: [], after: MemoryState(budget: Budget(tokens: 9))))
    }
    return trace
  }

  @Test func `takes them from its source again`() async throws {
    let text = String(repeating: "abcdefghijk", count: 20_000)
    let whole = trace(text, hasText: true)
    let again = try await trace(text, hasText: false).withText()
    #expect(again.steps.map(\.chunk) == whole.steps.map(\.chunk))
  }

  @Test func `says so where the source is another one`() async {
    var other = trace("abcdefghijk", hasText: false)
    other.question.source = .text("abc")
    let error = await #expect(throws: TraceTextError.self) { try await other.withText() }
    #expect(error?.chunk == 0 && error?.end == 5 && error?.bytes == 3)
  }

  @Test func `says so where its source cannot be read`() async {
    struct Gone: TextSource {
      func piece(from offset: Int) throws -> [UInt8]? { throw TextError.empty("a pipe") }
    }
    var other = trace("abcdefghijk", hasText: false)
    other.question.source = .text(Gone())
    await #expect(throws: TextError.empty("a pipe")) { try await other.withText() }
  }
}
