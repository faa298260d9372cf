import Foundation
import Gating
import MemoryControls
import Palimpsest
import PolicyScripted
import Support
import Testing

@Suite struct `A control` {
  //  0123456789012345678901234567890123456
  let text = "Ann is here. Bo has a key. Cy left it."

  func trace(_ memory: any Memory, evidence: [Range<Int>] = [], size: Int = 10, overlap: Int = 0) async throws -> Trace
  {
    try await Reader(
      chunker: ByteChunker(size, overlap: overlap), memory: memory, gate: RepliedGate(),
      policy: Saying(reply: Reply("x"))
    ).read(Question(id: "q", ask: "?", evidence: evidence, source: .text(text)))
  }

  @Test func `without memory answers from the question alone, at once`() async throws {
    let trace = try await trace(NoMemory())
    #expect(trace.steps.count == 1)
    #expect(trace.answer?.prompt[.memory] == "No previous memory")
    #expect(trace.tally.updates == 0)
  }

  @Test(arguments: [0, 3, 9])
  func `of the first page holds the beginning of the text, whatever the overlap`(_ overlap: Int) async throws {
    let trace = try await trace(FirstMemory(tokens: 25, tokenizer: ByteTokenizer()), overlap: overlap)
    #expect(trace.state?.text == String(text.prefix(25)))
    #expect(trace.end == .exited)
    let whole = try await self.trace(FirstMemory(tokens: 100, tokenizer: ByteTokenizer()), overlap: overlap)
    #expect(whole.state?.text == text)
    #expect(whole.end == .finished)
  }

  @Test(arguments: [0, 4], [7, 10, 100])
  func `that is an oracle holds exactly the evidence, cut or not`(_ overlap: Int, _ size: Int) async throws {
    let evidence = [27..<38, 0..<12, 3..<5]
    let trace = try await trace(
      OracleMemory(tokens: 100, tokenizer: ByteTokenizer()), evidence: evidence, size: size, overlap: overlap)
    #expect(trace.state?.text == "Ann is here.\nCy left it.")
    #expect(trace.end == .finished)
  }

  @Test func `that is an oracle says which chunks hold evidence`() async throws {
    let trace = try await trace(OracleMemory(tokens: 100), evidence: [12..<14])
    #expect(trace.steps.map { $0.draft.signals.update } == [0, 1, 0, 0])
    #expect(trace.state?[0]?.origins == [1])
  }

  @Test func `that is an oracle keeps to its budget, and to the text`() async throws {
    let memory = OracleMemory(tokens: 5, tokenizer: ByteTokenizer())
    #expect(try await trace(memory, evidence: [0..<12]).state?.text == "Ann i")
    #expect(try await trace(memory, evidence: [30..<900, -5..<0]).state?.text == "left ")
    #expect(try await trace(memory).state?.slots.isEmpty == true)
  }
}

@Suite struct `Two memories as one` {
  @Test func `write each what it says itself`() async throws {
    // The oracle finds evidence only in the second chunk, the first page is full after the first.
    let memory = StackedMemory(
      FirstMemory(tokens: 4, tokenizer: ByteTokenizer()), OracleMemory(tokens: 9, tokenizer: ByteTokenizer()))
    let trace = try await Reader(
      chunker: ByteChunker(4), memory: memory, gate: RepliedGate(), policy: Saying(reply: Reply("x"))
    ).read(Question(id: "q", ask: "?", evidence: [4..<8], source: .text("aaaabbbbcccc")))

    #expect(trace.steps.map { $0.changes.count } == [1, 1, 0])
    #expect(trace.state?.slots.map(\.id) == [0, 1], "the first's slot 0, the second's slot 0")
    #expect(trace.state?.slots.map(\.text) == ["aaaa", "bbbb"])
    #expect(trace.state?.budget.tokens == 13)
    #expect(trace.answer?.prompt[.memory] == "aaaa\n\nbbbb")
    #expect(trace.end == .finished, "one that wants to read on is enough")
  }

  @Test func `keep the policy's states apart, number their calls on, and answer with the first's`() async throws {
    /// Counts its calls in its state.
    struct Counting: Policy {
      let name = "counting"
      func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
        let calls = (prompt.policyState.flatMap { Int($0.text) } ?? 0) + 1
        return Reply("x", policyState: call.purpose == .draft ? try PolicyState("\(calls)") : nil)
      }
    }
    /// Calls so many times a chunk.
    struct Calling: Memory {
      var state = MemoryState(budget: Budget(tokens: 9))
      let times: Int
      func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
        for _ in 0..<times { _ = try await caller.reply(to: "\(chunk)", sampling: Sampling(maxTokens: 1)) }
        return Draft()
      }
      func recall(for cue: Cue, with caller: Caller) -> Recollection { .nothing }
    }
    let memory = StackedMemory(Calling(times: 1), StackedMemory(Calling(times: 2), Calling(times: 3)))
    let trace = try await Reader(
      chunker: ByteChunker(4), memory: memory, gate: RepliedGate(), policy: Counting()
    ).read(Question(id: "q", ask: "?", source: .text("aaaabbbbcccc")))
    let saved = try JSONEncoder().encode(trace.state?.policyState)
    #expect(String(decoding: saved, as: UTF8.self) == #"["3",["6","9"]]"#)
    #expect(try JSONDecoder().decode(PolicyState.self, from: saved) == trace.state?.policyState)
    #expect(trace.answer?.prompt.policyState?.text == "3")
    #expect(trace.steps.map { $0.draft.exchanges.map(\.call.call) } == Array(repeating: [0, 1, 2, 3, 4, 5], count: 3))
  }
}
