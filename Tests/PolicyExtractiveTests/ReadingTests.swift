import Gating
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyExtractive
import Support
import Testing

@Suite struct `The extractive policy, reading` {
  @Test func `keeps the sentence that answers, under its heading`() async throws {
    let trace = try await reader(chunk: 400).read(question("Where was Anna Roth born?", text: library))
    let page = try #require(trace.state?.text)
    #expect(page.contains("# Anna Roth\n"))
    #expect(page.contains("She was born in Ulm in 1881."))
  }

  @Test(arguments: [7, 33, 64, 150, 1000])
  func `puts together what the border of a chunk cuts`(_ size: Int) async throws {
    let trace = try await reader(chunk: size, tokens: 120)
      .read(question("Where was Anna Roth born?", text: library))
    #expect(try #require(trace.state?.text).contains("She was born in Ulm in 1881."), "\(size)")
  }

  @Test func `finds a second hop by the name that the first one brings`() async throws {
    let trace = try await reader(chunk: 300, tokens: 60)
      .read(question("In which town was the architect of the Orrin Lighthouse born?", text: library))
    let page = try #require(trace.state?.text)
    #expect(page.contains("Anna Roth"))
    #expect(page.contains("born in Ulm"))
    #expect(boxed(trace) == "Ulm")
  }

  @Test(arguments: [1, 8, 20, 40, 64, 200])
  func `never says more than its budget`(_ tokens: Int) async throws {
    for memory in [
      OverwriteMemory(.init(tokens: tokens), tokenizer: WordTokenizer()) as any Memory,
      GatedMemory(.init(tokens: tokens, thinking: 0), tokenizer: WordTokenizer()),
    ] {
      let trace = try await Reader(
        chunker: ByteChunker(200), memory: memory, gate: RepliedGate(), policy: policy,
        sampling: Sampling(maxTokens: tokens)
      ).read(question("Who designed the Orrin Lighthouse?", text: library))
      for step in trace.steps {
        for exchange in step.draft.exchanges {
          #expect(WordTokenizer().count(exchange.reply.text) <= tokens)
          #expect(exchange.reply.usage.generated == WordTokenizer().count(exchange.reply.text))
        }
        #expect((step.after.policyState?.bytes ?? 0) <= PolicyState.limit)
      }
      #expect(WordTokenizer().count(trace.answer?.reply.text ?? "") <= tokens)
    }
  }

  @Test(arguments: [64, 200])
  func `goes on where it stopped as if it had not`(_ size: Int) async throws {
    let reader = reader(chunk: size, tokens: 80)
    let question = question("In which town was the architect of the Orrin Lighthouse born?", text: library)
    let whole = try await reader.read(question)
    for stop in whole.steps.indices.dropLast() {
      var past = Trace(of: question)
      for step in whole.steps[...stop] { past.append(step) }
      let resumed = try await reader.read(question, resuming: past)
      #expect(resumed.state == whole.state)
      #expect(resumed.answer?.reply.text == whole.answer?.reply.text)
    }
  }

  @Test func `says the same again to the same prompt`() async throws {
    let prompt = asking("Who designed the Orrin Lighthouse?", section: library).expecting(.page)
    let first = try await policy.reply(to: prompt, sampling: Sampling(maxTokens: 100))
    for _ in 0..<5 {
      let again = try await policy.reply(to: prompt, sampling: Sampling(maxTokens: 100))
      #expect(again.text == first.text && again.policyState == first.policyState && again.captures == first.captures)
    }
  }

  @Test func `takes a repeated sentence once`() async throws {
    let text = String(repeating: "Anna Roth was born in Ulm. ", count: 30)
    let trace = try await reader(chunk: 100).read(question("Where was Anna Roth born?", text: text))
    #expect(trace.state?.text.ranges(of: "# ").count == 0)
    #expect(trace.steps[5].after.text.split(separator: "\n").filter { $0 == "Anna Roth was born in Ulm." }.count == 1)
  }

  @Test func `keeps facts when nothing is asked`() async throws {
    let trace = try await reader(chunk: 200, tokens: 60).scan(question("", text: library))
    let page = try #require(trace.state?.text)
    #expect(page.contains("The Orrin Lighthouse is a tower of granite."))
  }

  @Test func `scores every sentence of a chunk`() async throws {
    let prompt = asking("Who sang?", section: "Ben sang. Cora slept. Dora sang well.\n\n").expecting(.page)
    let reply = try await policy.reply(to: prompt, sampling: Sampling(maxTokens: 100))
    let scores = try #require(reply.captures["sentenceScores"])
    #expect(scores.shape == [3])
    #expect(scores[0] > 0 && scores[1] == 0 && scores[2] > 0)
  }

  @Test(arguments: ["", " ", "\n\n\n", ".", "....", "#", "# ", "⋯", "⋯ ⋯", "¶", "\u{0}", "。。。", "\u{FEFF}", "- \n- \n"])
  func `reads odd chunks`(_ section: String) async throws {
    for form in [Prompt.Form.page, .gatedPage, .addition, .answer] {
      for memory in ["", "No previous memory", section, library] {
        let prompt = asking("Who sang?", memory: memory, section: section).expecting(form)
        let reply = try await policy.reply(to: prompt, sampling: Sampling(maxTokens: 100))
        #expect(WordTokenizer().count(reply.text) <= 100)
      }
    }
  }

  @Test func `reads long lines without a stop`() async throws {
    let line = String(repeating: "wheat barley rye ", count: 20_000)
    let trace = try await reader(chunk: 5_000, tokens: 100).read(question("Where does barley grow?", text: line))
    #expect(trace.steps.count == 68)
    #expect(trace.steps.allSatisfy { $0.after.tokens <= 100 })
  }
}

// MARK: what the tests read

let policy = ExtractivePolicy(tokenizer: WordTokenizer())

let library = """
  Document 1:
  Harbour of Orrin
  The Harbour of Orrin lies on the west coast. It was dredged twice. Fishing ended there in 1962.

  Document 2:
  Orrin Lighthouse
  The Orrin Lighthouse is a tower of granite. It was designed by the architect Anna Roth. Its lamp burns oil.

  Document 3:
  Ballet
  Ballet is a kind of dance. It began in Italy during the Renaissance. Dancers train for years.

  Document 4:
  Anna Roth
  Anna Roth was a builder of bridges and towers. She was born in Ulm in 1881. She kept 14 cats.

  Document 5:
  Barley
  Barley is a cereal grain. It is grown in temperate climates. Beer is made from it.
  """

func question(_ ask: String, text: String) -> Question { Question(id: "q", ask: ask, source: .text(text)) }

func reader(chunk: Int, tokens: Int = 200) -> Reader {
  Reader(
    chunker: ByteChunker(chunk), memory: OverwriteMemory(.init(tokens: tokens), tokenizer: WordTokenizer()),
    gate: RepliedGate(), policy: policy)
}

func asking(_ problem: String, memory: String = "No previous memory", section: String? = nil) -> Prompt {
  guard let section else { return "\(problem, .problem)\(memory, .memory)" }
  return "\(problem, .problem)\(memory, .memory)\(section, .section)"
}

func boxed(_ trace: Trace) -> String { boxed(trace.answer?.reply.text ?? "") }

func boxed(_ reply: String) -> String {
  guard let open = reply.ranges(of: "\\boxed{").last, reply.hasSuffix("}") else { return "" }
  return String(reply[open.upperBound...].dropLast())
}
