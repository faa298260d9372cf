import MemoryOverwrite
import Palimpsest
import PolicyScripted
import Support
import Testing

@Suite struct `An overwritten page` {
  let question = Question(id: "q7", ask: "who?", source: .text(""))
  let chunk = Chunk(index: 3, content: .text("Ann came."), range: 30..<39)

  func saying(_ reply: String, finish: Reply.Finish = .stop) -> any Policy {
    Saying(reply: Reply(reply, finish: finish))
  }

  @Test func `is what the reply says, and stems from its chunk`() async throws {
    let draft = try await OverwriteMemory().draft(from: chunk, for: question, with: saying("Ann."))
    let slot = Slot(id: 0, content: .text("Ann."), tokens: 2, origins: [3])
    #expect(draft.edits == [.write(slot, because: "rewrite")])
    #expect(draft.signals == Signals(truncated: 0))
  }

  @Test func `is cut at its budget, and says so`() async throws {
    let memory = OverwriteMemory(.init(tokens: 3), tokenizer: ByteTokenizer())
    var draft = try await memory.draft(from: chunk, for: question, with: saying("abcdef"))
    #expect(draft.text == "abc")
    #expect(draft.signals.truncated == 1)
    // The model stopped by itself exactly at the budget: nothing was lost.
    draft = try await memory.draft(from: chunk, for: question, with: saying("abc"))
    #expect(draft.signals.truncated == 0)
    draft = try await memory.draft(from: chunk, for: question, with: saying("ab", finish: .length))
    #expect(draft.signals.truncated == 1)
  }

  @Test(arguments: [
    ("<think>a b</think>\n Ann. \n", "Ann."), ("<think>a</think> b</think>c", "c"),
    ("<think>never closed", "<think>never closed"),
    (" no tag ", " no tag "), ("</think>", ""), ("<think>x</think>\u{301}y", "\u{301}y"),
  ])
  func `holds nothing of what was thought aloud`(_ reply: String, _ page: String) {
    #expect(Array(Page.withoutThinking(reply).unicodeScalars) == Array(page.unicodeScalars))
  }

  @Test func `stays empty after an empty reply, or is as if unwritten`() async throws {
    var keep = OverwriteMemory(.init(empty: .keep))
    var forget = OverwriteMemory(.init(empty: .placeholder))
    for policy in [saying("Ann."), saying("  ")] {
      _ = keep.write(try await keep.draft(from: chunk, for: question, with: policy), strength: 1)
      _ = forget.write(try await forget.draft(from: chunk, for: question, with: policy), strength: 1)
    }
    #expect(try await keep.recall(for: Cue(question)).text == "  ")
    #expect(try await forget.recall(for: Cue(question)).text == "No previous memory")
  }

  @Test func `is shown with the question and the chunk, each in its hole`() async throws {
    let prompt = try await OverwriteMemory().draft(from: chunk, for: question, with: saying("")).exchanges[0].prompt
    #expect(prompt.form == .page)
    #expect(prompt[.problem] == "who?")
    #expect(prompt[.memory] == "No previous memory")
    #expect(prompt[.section] == "Ann came.")
    #expect(prompt.text.hasSuffix("<section>\nAnn came.\n</section>\n\nUpdated memory:"))
  }

  @Test func `is asked for without a problem when the text is read for no question`() async throws {
    let blind = Question(id: "q", ask: "", source: .text(""))
    let prompt = try await OverwriteMemory().draft(from: chunk, for: blind, with: saying("")).exchanges[0].prompt
    #expect(prompt[.problem] == nil)
    #expect(!prompt.text.contains("<problem>"))
  }

  @Test func `is asked for in a given template, byte for byte`() async throws {
    let template =
      "<problem> \n{problem}\n</problem>\n\n<memory>\n{memory}\n</memory>\n<section>{section}</section>\nNow:\n"
    let memory = OverwriteMemory(templates: PromptTemplates(["update": template]))
    let prompt = try await memory.draft(from: chunk, for: question, with: saying("")).exchanges[0].prompt
    #expect(
      prompt.text
        == "<problem> \nwho?\n</problem>\n\n<memory>\nNo previous memory\n</memory>\n<section>Ann came.</section>\nNow:\n"
    )
    #expect(prompt.form == .page)
  }

  @Test func `is asked for once per chunk, in the session of its question`() async throws {
    let policy = RulesPolicy([
      .init { _, sampling, call in
        "\(sampling.maxTokens) \(sampling.page ?? 0) \(call.question) \(call.step) \(call.purpose.rawValue)"
      }
    ])
    let draft = try await OverwriteMemory(.init(tokens: 100, thinking: 50)).draft(
      from: chunk, for: question, with: policy)
    #expect(draft.text == "150 100 q7 3 draft")
  }

  @Test func `hands the policy its own state whatever the gate decides`() async throws {
    struct ShutGate: Gate {
      func decide(
        on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
      ) -> Decision { Decision(write: 0) }
    }
    var memory: any Memory = OverwriteMemory()
    let policy = Saying(reply: Reply("x", policyState: try PolicyState("seen 2")))
    _ = try await memory.read(chunk, for: question, through: ShutGate(), with: policy)
    let prompt = try await memory.draft(from: chunk, for: question, with: policy).exchanges[0].prompt
    #expect(prompt.policyState?.text == "seen 2")
    #expect(memory.state.slots.isEmpty)
  }
}

@Suite struct `An appended page` {
  let question = Question(id: "q", ask: "who?", source: .text(""))

  @Test func `only grows, until it is full`() async throws {
    var memory = AppendMemory(.init(tokens: 8, addition: 5), tokenizer: ByteTokenizer())
    var pages: [String] = []
    for index in 0..<4 {
      let chunk = Chunk(index: index, content: .text("c"), range: index..<(index + 1))
      let draft = try await memory.draft(from: chunk, for: question, with: Saying(reply: Reply("abc")))
      _ = memory.write(draft, strength: 1)
      pages.append(memory.state.text)
    }
    #expect(pages == ["abc", "abc\nabc", "abc\nabc\n", "abc\nabc\n"])
    #expect(memory.state[0]?.origins == [0, 1, 2])
  }

  @Test(arguments: [true, false], [1, 7, 40, 300])
  func `begins with every page it was before`(_ extract: Bool, _ tokens: Int) async throws {
    let text = String(repeating: "Nothing is lost, nothing is new. Ünïcödé 漢字. ", count: 8)
    let trace = try await Reader(
      chunker: ByteChunker(23), memory: AppendMemory(.init(tokens: tokens, extract: extract, addition: 9)),
      gate: TossGate(), policy: Parrot()
    ).read(Question(id: "q", ask: "who?", source: .text(text)))
    let pages = trace.steps.map { Array($0.after.text.utf8) }
    #expect(zip(pages, pages.dropFirst()).allSatisfy { $1.starts(with: $0) })
    #expect(trace.state?.tokens ?? 0 <= tokens)
  }

  @Test func `asks no one when it is full`() async throws {
    var memory = AppendMemory(.init(tokens: 2), tokenizer: ByteTokenizer())
    _ = memory.state.apply([.write(Slot(id: 0, content: .text("ab"), tokens: 2, origins: [0]), because: "")])
    let chunk = Chunk(index: 1, content: .text("c"), range: 0..<1)
    let draft = try await memory.draft(from: chunk, for: question, with: RulesPolicy([]))
    #expect(draft.exchanges.isEmpty)
    #expect(draft.edits.isEmpty)
  }

  @Test func `takes chunks whole when the policy is not to extract`() async throws {
    let memory = AppendMemory(.init(tokens: 5, extract: false), tokenizer: ByteTokenizer())
    let chunk = Chunk(index: 0, content: .text("  abcdefgh "), range: 0..<11)
    let draft = try await memory.draft(from: chunk, for: question, with: RulesPolicy([]))
    #expect(draft.text == "abcde")
    #expect(draft.signals.truncated == 1)
  }

  @Test func `is not touched by a reply of nothing`() async throws {
    let chunk = Chunk(index: 0, content: .text("c"), range: 0..<1)
    let draft = try await AppendMemory().draft(from: chunk, for: question, with: Saying(reply: Reply(" \n")))
    #expect(draft.edits.isEmpty)
    #expect(draft.exchanges[0].prompt.form == .addition)
  }
}

/// Says the same to everything.
struct Saying: Policy {
  let name = "saying"
  let reply: Reply

  func reply(to prompt: Prompt, sampling: Sampling, call: CallID) -> Reply { reply }
}

extension Draft {
  /// The text the draft would write.
  var text: String? {
    for case .write(let slot, _) in edits { return slot.text }
    return nil
  }
}
