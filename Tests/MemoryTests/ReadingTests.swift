import Gating
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyScripted
import Support
import Testing

@Suite struct `A reading` {
  @Test func `keeps what the last reply says`() async throws {
    let reader = Reader(
      chunker: ByteChunker(4), memory: OverwriteMemory(.init(tokens: 16)), gate: RepliedGate(),
      policy: RecordedPolicy([
        Recording(step: 0, reply: "one"), Recording(step: 1, reply: "one, two"),
        Recording(step: 2, reply: "\\boxed{two}"),
      ]))
    let trace = try await reader.read(Question(id: "q", ask: "how many?", source: .text("aaaabbbb")))

    #expect(trace.steps.map(\.after.text) == ["one", "one, two"])
    #expect(trace.answer?.reply.text == "\\boxed{two}")
    #expect(trace.tally.updates == 2)
  }

  @Test func `obeys the gates a reply states`() async throws {
    let reader = Reader(
      chunker: ByteChunker(4), memory: GatedMemory(.init(tokens: 64)), gate: RepliedGate(),
      policy: RecordedPolicy([
        Recording(step: 0, reply: gated(check: "no", update: "", next: "continue")),
        Recording(step: 1, reply: gated(check: "yes", update: "found", next: "end")),
        Recording(step: 2, reply: "\\boxed{found}"),
      ]))
    let trace = try await reader.read(Question(id: "q", ask: "where?", source: .text("aaaabbbbccccdddd")))

    #expect(trace.end == .exited)
    #expect(trace.steps.map(\.chunk.text) == ["aaaa", "bbbb"])
    #expect(trace.steps.map(\.changes.count) == [0, 1])
    #expect(trace.state?.text == "found")
  }
}

func gated(think: String = "because", check: String, update: String, next: String) -> String {
  "<think>\(think)</think>\n<check>\(check)</check>\n<update>\(update)</update>\n<next>\(next)</next>"
}
