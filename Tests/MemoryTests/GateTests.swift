import Gating
import Palimpsest
import Support
import Testing

@Suite struct `A gate` {
  /// Evidence in chunks 1, 2 (cut by their border) and 4 of six chunks of ten bytes.
  let question = Question(
    id: "q", ask: "?", evidence: [15..<25, 42..<44], causalEvidence: [15..<25], source: .text(""))

  func decisions(
    of gate: any Gate, drafts: [Draft]? = nil, state: MemoryState = MemoryState(budget: Budget(tokens: 99))
  )
    async throws -> [Decision]
  {
    var all: [Decision] = []
    for index in 0..<6 {
      let chunk = Chunk(index: index, content: .text("0123456789"), range: (10 * index)..<(10 * index + 10))
      all.append(try await gate.decide(on: drafts?[index] ?? Draft(), from: chunk, for: question, given: state))
    }
    return all
  }

  @Test func `that is open writes everything`() async throws {
    #expect(try await decisions(of: OpenGate()).allSatisfy { $0 == Decision(write: 1) })
  }

  @Test func `that is replied is open where nothing is stated`() async throws {
    #expect(try await decisions(of: RepliedGate()).allSatisfy { $0 == Decision(write: 1) })
  }

  @Test func `that is replied obeys what is stated, with its exit or without`() async throws {
    let drafts = [(0, 0), (1, 0), (0.3, 0.4), (1, 1), (0, 1), (1, 0.5)].map {
      Draft(signals: Signals(update: $0.0, exit: $0.1))
    }
    let obeying = try await decisions(of: RepliedGate(), drafts: drafts)
    #expect(obeying.map(\.write) == [0, 1, 0.3, 1, 0, 1])
    #expect(obeying.map(\.exit) == [false, false, false, true, true, true])
    let ignoring = try await decisions(of: RepliedGate(.init(exit: .ignore)), drafts: drafts)
    #expect(ignoring.map(\.write) == obeying.map(\.write))
    #expect(ignoring.allSatisfy { !$0.exit })
  }

  @Test func `that is an oracle writes evidence and exits behind the last of it`() async throws {
    let all = try await decisions(of: OracleGate())
    #expect(all.map(\.write) == [0, 1, 1, 0, 1, 0])
    #expect(all.map(\.exit) == [false, false, false, false, true, true])
    let causal = try await decisions(of: OracleGate(.init(causal: true)))
    #expect(causal.map(\.write) == [0, 1, 1, 0, 0, 0])
    #expect(causal.firstIndex { $0.exit } == 2)
    #expect(try await decisions(of: OracleGate(.init(exit: .ignore))).allSatisfy { !$0.exit })
  }

  @Test func `that is an oracle without evidence stays shut and reads on`() async throws {
    let blind = Question(id: "q", ask: "?", source: .text(""))
    let chunk = Chunk(index: 0, content: .text("a"), range: 0..<1)
    let decision = OracleGate().decide(
      on: Draft(), from: chunk, for: blind, given: MemoryState(budget: Budget(tokens: 1)))
    #expect(decision == Decision(write: 0, exit: false))
  }

  @Test func `that is random opens as often as it says, and knows how likely it was`() async throws {
    let gate = RandomGate(.init(probability: 0.25), seed: 3)
    var open = 0
    for index in 0..<4_000 {
      let chunk = Chunk(index: index, content: .text(""), range: 0..<0)
      let decision = gate.decide(on: Draft(), from: chunk, for: question, given: MemoryState(budget: Budget(tokens: 1)))
      if decision.write == 1 { open += 1 }
      // log 0.25 = -1.386294, log 0.75 = -0.287682
      #expect(abs((decision.logProbability ?? 0) - (decision.write == 1 ? -1.386294 : -0.287682)) < 1e-5)
    }
    #expect((900...1_100).contains(open), "1,000 expected, four standard deviations are 110")
  }

  @Test func `that opens every third chunk begins with the first`() async throws {
    #expect(try await decisions(of: .everyChunk(3)).map(\.write) == [1, 0, 0, 1, 0, 0])
  }

  @Test(arguments: [
    ("the key lies in the oven", 0.0), ("The KEY, the oven!", 0.0), ("the key lies in the drawer", 0.2),
    ("a new page", 1.0), ("", 0.0),
    ("…", 0.0),
  ])
  func `of novelty counts words that are not held`(_ page: String, _ novelty: Double) {
    let state = MemoryState(budget: Budget(tokens: 99), slots: [slot("The key lies in the oven.")])
    let draft = Draft(edits: [.write(slot(page), because: "")])
    #expect(NoveltyGate.novelty(of: draft, against: state) == novelty)
    let chunk = Chunk(index: 0, content: .text(""), range: 0..<0)
    let decision = NoveltyGate(.init(threshold: 0.2)).decide(on: draft, from: chunk, for: question, given: state)
    #expect(decision.write == (novelty >= 0.2 ? 1 : 0))
  }

  @Test func `may be combined with others`() async throws {
    let drafts = [(0, 0), (1, 0), (0.3, 0), (1, 1), (0, 1), (1, 0)].map {
      Draft(signals: Signals(update: $0.0, exit: $0.1))
    }
    let either = try await decisions(of: RepliedGate().or(.everyChunk(3)), drafts: drafts)
    #expect(either.map(\.write) == [1, 1, 0.3, 1, 0, 1])
    #expect(either.map(\.exit) == [false, false, false, true, true, false])
    let both = try await decisions(of: RepliedGate().and(OracleGate()), drafts: drafts)
    #expect(both.map(\.write) == [0, 1, 0.3, 0, 0, 0])
    #expect(both.map(\.exit) == [false, false, false, false, true, false])
    let not = try await decisions(of: RepliedGate().not, drafts: drafts)
    #expect(not.map(\.write) == [1, 0, 0.7, 0, 1, 0])
    #expect(not.allSatisfy { !$0.exit })
    let staying = try await decisions(of: RepliedGate().ignoringExit(), drafts: drafts)
    #expect(staying.allSatisfy { !$0.exit })
  }

  @Test func `made of others is found by name`() async throws {
    let catalog = Catalog<any Gate>("gate", gates)
    let spec = Spec(
      "either",
      [
        "of": .list([
          .table(["kind": .string("not"), "of": .string("open")]), .table(["kind": .string("every"), "n": .int(2)]),
        ])
      ])
    #expect(try await decisions(of: catalog.make(spec)).map(\.write) == [1, 0, 1, 0, 1, 0])
    #expect(throws: SettingError.outOfRange("gate.of.0.n", found: "0", why: "it must be at least 1")) {
      try catalog.make(Spec("either", ["of": .list([.table(["kind": .string("every"), "n": .int(0)])])]))
    }
    #expect(throws: SettingError.self) { try catalog.make(Spec("both", ["of": .list([])])) }
    #expect(throws: SettingError.self) { try catalog.make(Spec("not", ["of": .string("novel")])) }
  }

  private func slot(_ text: String) -> Slot { Slot(id: 0, content: .text(text), tokens: 1, origins: [0]) }
}
