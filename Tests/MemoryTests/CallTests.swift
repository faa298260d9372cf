import Foundation
import Gating
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyScripted
import Support
import Tensors
import Testing

@Suite struct `A call` {
  let question = Question(id: "q", ask: "who?", source: .text("aaaabbbbcccc"))

  func reader(_ memory: any Memory, _ policy: any Policy) -> Reader {
    Reader(chunker: ByteChunker(4), memory: memory, gate: RepliedGate(), policy: policy)
  }

  @Test func `has an identity of its own, in draft and recall alike`() async throws {
    let trace = try await reader(DeliberatingMemory(), Parrot()).read(question)
    let calls = trace.exchanges.map(\.call)
    #expect(Set(calls).count == calls.count)
    #expect(trace.steps.map { $0.draft.exchanges.map(\.call.call) } == [[0, 1, 2], [0, 1, 2], [0, 1, 2]])
    #expect(trace.answer?.recalls.map(\.call) == [CallID(question: "q", step: 3, call: 0, purpose: .answer)])
    #expect(trace.answer?.exchange.call == CallID(question: "q", step: 3, call: 1, purpose: .answer))
    #expect(trace.answer?.used == [0])
    #expect(trace.tally.usage.read == 3 * 3 + 2, "the parrot reads one token a call")
  }

  @Test func `of another rollout draws other numbers, the same rollout the same`() async throws {
    let reader = Reader(
      chunker: ByteChunker(4), memory: OverwriteMemory(.init(tokens: 9)), gate: RandomGate(), policy: Parrot())
    var readings: Set<[String]> = []
    for rollout in 0..<6 {
      let trace = try await reader.read(question, rollout: rollout)
      #expect(try await reader.read(question, rollout: rollout).comparable() == trace.comparable())
      #expect(trace.exchanges.allSatisfy { $0.call.rollout == rollout })
      readings.insert(trace.steps.map { "\($0.draft.text ?? "") \($0.decision.write)" })
    }
    #expect(readings.count > 4)
  }

  @Test func `of the first rollout draws what it drew before calls were numbered`() {
    var now = CallID(question: "q7", step: 3, purpose: .draft).random(seed: 5)
    var before = SeededGenerator(seed: 5, session: "q7", step: 3, purpose: "draft")
    #expect(now.next() == before.next())
    var local = CallID(question: "q7", step: 4, purpose: .answer).random(seed: 5, for: "local")
    var localBefore = SeededGenerator(seed: 5, session: "q7", step: 4, purpose: "local answer")
    #expect(local.next() == localBefore.next())
  }

  @Test func `that is refused leaves what the calls before it cost`() async throws {
    /// Replies once a step.
    struct Tired: Policy {
      let name = "tired"
      func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
        guard call.call < 2 else { throw ScriptError.silent(call) }
        return Reply("x", usage: Usage(read: 5, generated: 1))
      }
    }
    await #expect {
      try await reader(DeliberatingMemory(), Tired()).read(question)
    } throws: { error in
      (error as? any Refusal)?.spent == Usage(read: 10, generated: 2)
    }
  }
}

@Suite struct `Calls made side by side` {
  /// Replies to prompts in the opposite order: each waits for the one with the next number.
  private struct Backwards: Policy {
    let name = "backwards"
    let count: Int

    func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
      try await Task.sleep(for: .milliseconds(20 * (count - call.call)))
      return Reply(
        "\(call.call) after \(prompt.policyState?.text ?? "nothing")", policyState: try PolicyState("\(call.call)"))
    }
  }

  @Test func `leave the policy state of the highest number, whichever ends last`() async throws {
    let caller = Caller(Backwards(count: 4), policyState: try PolicyState("before"))
    let prompts = (0..<4).map { _ in Prompt(stringLiteral: "?") }
    let replies = try await caller.replies(to: prompts, sampling: Sampling(maxTokens: 1))
    #expect(replies.map(\.text) == (0..<4).map { "\($0) after before" })
    #expect(caller.exchanges.map(\.call.call) == [0, 1, 2, 3])
    #expect(caller.policyState?.text == "3")
    #expect(try await caller.reply(to: "?", sampling: Sampling(maxTokens: 1)).text == "4 after 3")
  }
}

@Suite struct `A divided policy` {
  private struct Named: Policy {
    let name: String
    func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
      Reply(
        "\(name) saw \(prompt.policyState?.text ?? "no state")", usage: Usage(read: 3, generated: 1),
        policyState: try PolicyState("state of \(name)"))
    }
  }

  @Test func `reads with one and answers with the other, which does not see the state of the first`() async throws {
    let policy = DividedPolicy(update: Named(name: "writer"), answer: Named(name: "speaker"))
    let reader = Reader(
      chunker: ByteChunker(4), memory: DeliberatingMemory(), gate: RepliedGate(), policy: policy)
    let trace = try await reader.read(Question(id: "q", ask: "who?", source: .text("aaaabbbb")))
    let drafts = trace.steps.flatMap { $0.draft.exchanges.map(\.reply.text) }
    #expect(drafts.first == "writer saw no state" && drafts.last == "writer saw state of writer")
    #expect(drafts.allSatisfy { $0.hasPrefix("writer") })
    #expect(trace.answer?.recalls.map(\.reply.text) == ["speaker saw no state"])
    #expect(trace.answer?.reply.text == "speaker saw no state")
    #expect(policy.name == "writer+speaker")
    #expect(
      await policy.account
        == "update (writer): 6 calls, 18 tokens read, 6 written · answer (speaker): 2 calls, 6 tokens read, 2 written")
  }

  @Test func `grades with the third, or with the one that answers, and says what each cost`() async throws {
    let grading = CallID(question: "q", step: 2, purpose: .grade)
    let three = DividedPolicy(
      update: Named(name: "writer"), answer: Named(name: "speaker"), grade: Named(name: "judge"))
    let reply = try await three.reply(to: "right?", sampling: Sampling(maxTokens: 1), call: grading)
    #expect(reply.text == "judge saw no state" && reply.policyState == nil)
    #expect(
      await three.account
        == "update (writer): 0 calls, 0 tokens read, 0 written · answer (speaker): 0 calls, 0 tokens read, 0 written · "
        + "grade (judge): 1 calls, 3 tokens read, 1 written")
    let two = DividedPolicy(update: Named(name: "writer"), answer: Named(name: "speaker"))
    let other = try await two.reply(to: "right?", sampling: Sampling(maxTokens: 1), call: grading)
    #expect(other.text == "speaker saw no state")
  }

  @Test func `serves what both serve`() {
    let policy = DividedPolicy(update: Parrot(serves: RowBank().needs), answer: Parrot())
    #expect(policy.serves == Parrot().serves.intersection(RowBank().needs))
  }
}

@Suite struct `A memory and a policy` {
  let question = Question(id: "q", ask: "who?", source: .text("aaaabbbb"))

  @Test func `that do not fit together are refused before a token is spent`() async throws {
    let reader = Reader(chunker: ByteChunker(4), memory: RowBank(), gate: RepliedGate(), policy: Parrot())
    await #expect(throws: ReaderError.unserved(["rows", "tap.keys", "tap.values"], by: "parrot")) {
      try await reader.read(question)
    }
  }

  @Test func `with a stream that the memory does not read are refused`() async throws {
    struct Frames: ChunkSource {
      let kinds: Set<Chunk.Kind> = [.vectors]
      func chunk(at index: Int, from offset: Int) -> Chunk? {
        Chunk(index: index, content: .vectors(Tensor(zeros: [1, 2])), range: offset..<(offset + 1))
      }
    }
    let frames = Question(id: "frames", ask: "who?", source: .chunks(Frames()))
    let reader = Reader(chunker: ByteChunker(4), memory: OverwriteMemory(), gate: RepliedGate(), policy: Parrot())
    await #expect(throws: ReaderError.unread(["vectors"], of: "frames", by: "OverwriteMemory", reads: ["text"])) {
      try await reader.read(frames)
    }
  }

  @Test func `of rows read through taps and recall what was tapped`() async throws {
    let reader = Reader(
      chunker: ByteChunker(4), memory: RowBank(), gate: RepliedGate(), policy: Parrot(serves: RowBank().needs))
    let trace = try await reader.read(question)
    #expect(trace.state?.slots.map(\.tokens) == [4, 4])
    #expect(trace.answer?.used == [0, 1])
    #expect(trace.answer?.recollection == nil)
    #expect(trace.answer?.prompt.needs == [.text, .rows])
    let bytes = try #require(trace.state?.slots[0].bytes)
    let short = Reader(
      chunker: ByteChunker(4), memory: RowBank(bytes: bytes), gate: RepliedGate(),
      policy: Parrot(serves: RowBank().needs))
    #expect(try await short.read(question).state?.slots.map(\.id) == [1], "one slot fits the bytes")
  }

  @Test func `stop at an attribute over its bound`() async throws {
    struct Verbose: Memory {
      var state = MemoryState(budget: Budget(tokens: 9))
      func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
        let attributes = Attributes(source: String(repeating: "x", count: 5000))
        let slot = Slot(id: 0, content: .text("a"), tokens: 1, origins: [0], attributes: attributes)
        return Draft(edits: [.write(slot, because: "")])
      }
      func recall(for cue: Cue, with caller: Caller) -> Recollection { .nothing }
    }
    let reader = Reader(chunker: ByteChunker(4), memory: Verbose(), gate: RepliedGate(), policy: Parrot())
    await #expect(throws: BoundError.self) { try await reader.read(question) }
    #expect(throws: BoundError.self) { try PolicyState(String(repeating: "x", count: PolicyState.limit + 1)) }
  }
}

@Suite struct `A trace` {
  @Test func `becomes training samples without a model`() async throws {
    struct Drawing: Policy {
      let name = "drawing"
      let hasIDs: Bool
      func reply(to prompt: Prompt, sampling: Sampling, call: CallID) -> Reply {
        var reply = Reply("ab", tokens: hasIDs ? [1, 2] : [], logProbabilities: hasIDs ? [-1, -2] : [], model: "m")
        reply.promptTokens = hasIDs ? [7, call.step] : []
        reply.mask = hasIDs && call.step == 1 ? [true, false] : []
        return reply
      }
    }
    let question = Question(id: "q", ask: "who?", source: .text("aaaabbbb"))
    func trace(_ hasIDs: Bool) async throws -> Trace {
      try await Reader(
        chunker: ByteChunker(4), memory: OverwriteMemory(), gate: RepliedGate(), policy: Drawing(hasIDs: hasIDs)
      ).read(question, rollout: 2)
    }
    let samples = try await trace(true).samples(advantage: 0.5)
    #expect(samples.map(\.prompt) == [[7, 0], [7, 1], [7, 2]])
    #expect(samples.map(\.mask) == [[true, true], [true, false], [true, true]])
    #expect(samples.allSatisfy { $0.tokens == [1, 2] && $0.logProbabilities == [-1, -2] && $0.advantage == 0.5 })
    #expect(
      samples.map(\.call)
        == (0..<3).map {
          CallID(question: "q", rollout: 2, step: $0, purpose: $0 < 2 ? .draft : .answer)
        })
    let bare = try await trace(false)
    #expect(throws: SampleError.self) { try bare.samples() }
  }
}
