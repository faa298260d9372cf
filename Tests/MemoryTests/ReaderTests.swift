import Gating
import MemoryControls
import MemoryOverwrite
import Palimpsest
import PolicyScripted
import Support
import Synchronization
import Tensors
import Testing

@Suite struct `The reader` {
  /// Says which chunk it sees, and how many calls it carried along.
  static let teller = RulesPolicy([
    .init { prompt, _, call in "\(call.purpose.rawValue) \(call.step): \(prompt[.section] ?? "end")" }
  ])

  func reader(
    _ memory: any Memory = OverwriteMemory(.init(tokens: 64)), gate: any Gate = RepliedGate(),
    policy: any Policy = Self.teller, size: Int = 4, keeping: Reader.Keeping = .everyStep
  ) -> Reader {
    Reader(chunker: ByteChunker(size), memory: memory, gate: gate, policy: policy, keeping: keeping)
  }

  func question(_ text: String, id: String = "q") -> Question { Question(id: id, ask: "?", source: .text(text)) }

  @Test func `stops where the gate exits, and never pulls what follows`() async throws {
    let text = EndlessText()
    let trace = try await reader(gate: ExitAt(2), size: 50)
      .read(Question(id: "q", ask: "?", source: .text(text)))
    #expect(trace.end == .exited)
    #expect(trace.steps.map(\.chunk.index) == [0, 1, 2])
    #expect(text.read <= 250, "three chunks of 50 bytes, and at most a piece more")
    #expect(trace.answer?.reply.text == "answer 3: end")
  }

  @Test func `needs no more room for a longer text when it keeps the last step`() async throws {
    let text = EndlessText()
    let trace = try await reader(gate: ExitAt(1_999), size: 40, keeping: .lastStep)
      .read(Question(id: "q", ask: "?", source: .text(text)))
    #expect(trace.steps.count == 1)
    #expect(trace.tally.steps == 2_000)
    #expect(trace.tally.updates == 2_000)
    #expect(trace.nextIndex == 2_000)
    #expect(trace.state?.bytes ?? 0 < 200)
  }

  @Test func `reads once and answers many`() async throws {
    let reader = reader()
    let scan = try await reader.scan(Question(id: "shared", ask: "", source: .text("aaaabbbb")))
    #expect(scan.end == .finished)
    #expect(scan.answer == nil)
    for ask in ["who?", "when?"] {
      let question = Question(id: ask, ask: ask, source: .text("aaaabbbb"))
      let exchange = try await reader.answer(question, from: scan.state, at: scan.nextIndex)
      #expect(exchange.prompt[.problem] == ask)
      #expect(exchange.prompt[.memory] == "draft 1: bbbb")
      #expect(exchange.prompt.form == .answer)
    }
  }

  @Test func `answers from another question's state, as a control`() async throws {
    let reader = reader()
    let states = [
      try await reader.scan(question("aaaa", id: "a")).state, try await reader.scan(question("bbbb", id: "b")).state,
    ]
    let others = try #require(derangement(of: ["a", "b"], seed: 1))
    let exchange = try await reader.answer(question("aaaa", id: "a"), from: states[others[0]])
    #expect(exchange.prompt[.memory] == "draft 0: bbbb")
  }

  @Test func `reads streams of turns with their speakers and times`() async throws {
    let turns = [("Ann", 0.0, "hello"), ("Bo", 2.5, "goodbye")].enumerated().map { index, turn in
      Chunk(index: index, content: .text(turn.2), range: index..<(index + 1), time: turn.1, speaker: turn.0)
    }
    let trace = try await reader().read(Question(id: "q", ask: "?", source: .chunks(ListedChunks(turns))))
    #expect(trace.steps.map(\.chunk) == turns)
    #expect(trace.state?.text == "draft 1: goodbye")
  }

  @Test func `shows vectors to a policy that takes them, and refuses one that does not`() async throws {
    let frames = (0..<3).map { index in
      Chunk(
        index: index, content: .vectors(Tensor([Float(index), 1], shape: [1, 2])), range: index..<(index + 1))
    }
    let question = Question(id: "q", ask: "?", source: .chunks(ListedChunks(frames)))
    let trace = try await reader(policy: Parrot(serves: [.text, .vectors])).read(question)
    #expect(trace.steps.count == 3)
    #expect(trace.steps[1].draft.exchanges[0].prompt.needs == [.text, .vectors])

    await #expect(throws: ReaderError.unserved(["vectors"], by: "parrot")) {
      try await reader(policy: Parrot()).read(question)
    }
  }

  @Test func `asks nothing of a policy that cannot serve the memory`() async throws {
    let calls = Mutex(0)
    let policy = RulesPolicy([
      .init { _, _, _ in
        calls.withLock { $0 += 1 }
        return ""
      }
    ])
    struct Vectored: Memory {
      var state = MemoryState(budget: Budget(tokens: 1))
      var needs: Set<Capability> { [.vectors] }
      func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft { Draft() }
      func recall(for cue: Cue, with caller: Caller) -> Recollection { Recollection() }
    }
    await #expect(throws: ReaderError.unserved(["vectors"], by: "rules")) {
      try await reader(Vectored(), policy: policy).read(question("aaaa"))
    }
    #expect(calls.withLock(\.self) == 0)
  }

  @Test func `tells each step as soon as it is done, and goes on from the told ones`() async throws {
    let told = Mutex<[Step]>([])
    struct Stop: Error {}
    let reader = reader()
    let question = question("aaaabbbbccccdddd")
    await #expect(throws: Stop.self) {
      try await reader.read(question) { step in
        told.withLock { $0.append(step) }
        if step.chunk.index == 1 { throw Stop() }
      }
    }
    var past = Trace(of: question)
    for step in told.withLock(\.self) { past.append(step) }
    let resumed = try await reader.read(question, resuming: past)
    let whole = try await reader.read(question)
    #expect(try resumed.comparable() == whole.comparable())
  }

  @Test func `reads no further when it was stopped right behind its exit`() async throws {
    let text = EndlessText()
    let question = Question(id: "q", ask: "?", source: .text(text))
    let reader = reader(gate: ExitAt(2))
    let whole = try await reader.read(question)
    for count in 0...3 {
      #expect(try await reader.read(question, resuming: whole.stopped(after: count)).comparable() == whole.comparable())
    }
  }

  @Test func `reads no mere overlap when it was stopped right behind the last chunk`() async throws {
    var reader = reader()
    reader.chunker = ByteChunker(6, overlap: 3)
    let whole = try await reader.read(question("abcdefghijkl"))
    #expect(whole.steps.count == 3)
    for count in 0...3 {
      let resumed = try await reader.read(question("abcdefghijkl"), resuming: whole.stopped(after: count))
      #expect(try resumed.comparable() == whole.comparable())
    }
  }

  @Test func `goes on with a failed trace, and leaves an answered one alone`() async throws {
    let whole = try await reader().read(question("aaaabbbb"))
    var failed = try whole.stopped(after: 1)
    failed.end = .failed(reason: "the line went dead", attempts: 3)
    #expect(try await reader().read(question("aaaabbbb"), resuming: failed).comparable() == whole.comparable())

    let silent = RulesPolicy([])
    let again = try await reader(policy: silent).read(question("aaaabbbb"), resuming: whole)
    #expect(try again.comparable() == whole.comparable())
  }

  @Test func `stops between chunks when it is cancelled`() async throws {
    let text = EndlessText()
    let reader = reader()
    let seen = Mutex(0)
    let task = Task {
      try await reader.read(Question(id: "q", ask: "?", source: .text(text))) { step in
        seen.withLock { $0 = step.chunk.index }
        if step.chunk.index == 5 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(seen.withLock(\.self) == 5)
  }

  @Test func `fails with what the policy throws, naming the place`() async throws {
    let policy = RecordedPolicy([Recording(session: "q", step: 0, reply: "one")])
    await #expect(throws: ScriptError.missing(CallID(question: "q", step: 1))) {
      try await reader(policy: policy).read(question("aaaabbbb"))
    }
  }

  @Test func `replaces the question asked at the end byte for byte`() async throws {
    var reader = reader()
    reader.templates["answer"] = "<problem> \n{problem}\n</problem>{memory}"
    let trace = try await reader.read(question("aaaa"))
    #expect(trace.answer?.prompt.text == "<problem> \n?\n</problem>draft 0: aaaa")
  }
}
