import Palimpsest
import Tensors
import Testing
import Verifiers

@Suite struct `A prediction` {
  @Test(arguments: [
    ("\\boxed{Paris}", "Paris"), ("so \\boxed{a} and \\boxed{b {c}} end", "b {c}"),
    ("\\boxed{a \\boxed{b}}", "b"), ("\\boxed{a} \\boxed{never closed", "a"), ("\\boxed{}", ""),
    ("<think>\\boxed{x}</think> The answer is **Rome**.", "Rome"), ("The answer is: Rome.\nBye", "Rome"),
    ("the answer is A. the answer is B.", "B"), ("  Paris \n", "Paris"), ("", ""), ("the answer is", "the answer is"),
    ("THE ANSWER IS É", "É"),
  ])
  func `is found in a reply`(_ reply: String, _ found: String) {
    #expect(AnswerExtraction.prediction(in: reply) == found)
  }
}

@Suite struct `An answer` {
  @Test func `is scored by each measure, the best over golds`() throws {
    let one = trace(answers: ["Rome", "the Paris"], reply: "The answer is Paris, France.")
    #expect(try AnswerVerifier(.em).verify(one).score == 0)
    #expect(try abs(AnswerVerifier(.f1).verify(one).score - 2.0 / 3) < 1e-12)
    #expect(try AnswerVerifier(.subem).verify(one).score == 1)
    #expect(try AnswerVerifier(.subemStrict).verify(one).score == 1)
    #expect(try AnswerVerifier(.em).verify(one).note == "Paris, France")
  }

  @Test func `to an unanswerable question is right when it is empty`() throws {
    let one = trace(answers: [""], reply: "\\boxed{}")
    #expect(try AnswerVerifier(.em).verify(one).score == 1)
    #expect(try AnswerVerifier(.f1).verify(one).score == 1)
    #expect(try AnswerVerifier(.f1).verify(trace(answers: [""], reply: "Paris")).score == 0)
  }

  @Test func `that failed scores 0 and says why, and never throws`() throws {
    let failed = trace(end: .failed(reason: "no credit", attempts: 3))
    for verifier in [AnswerVerifier(.em), AnswerVerifier(.f1), AnswerVerifier(.subem)] {
      #expect(try verifier.verify(failed) == Verdict(0, note: "failed after 3 attempts: no credit"))
    }
    #expect(try Includes().verify(failed).score == 0)
    #expect(try BoxedReward().verify(failed).score == 0)
    #expect(FormatVerifier().verify(failed).score == 0)
  }

  @Test func `that is not there yet cannot be scored`() {
    #expect(throws: VerifierError.notAnswered(question: "q")) { try AnswerVerifier(.em).verify(trace(end: .reading)) }
    #expect(throws: VerifierError.noAnswers(question: "q")) {
      try AnswerVerifier(.em).verify(trace(answers: [], reply: "x"))
    }
  }

  @Test func `is scored by MemAgent's rules where asked`() throws {
    let verifier = AnswerVerifier(.f1, .init(compat: .memagent))
    // The first gold alone, rounded: 2 of 3 and 2 of 2 tokens give 0.8.
    #expect(try verifier.verify(trace(answers: ["one two", "x"], reply: "\\boxed{one two three}")).score == 0.8)
    #expect(try verifier.verify(trace(answers: ["a b c"], reply: "\\boxed{b}")).score == 0.67)
    #expect(try verifier.verify(trace(answers: ["x"], reply: "x")).score == 0)
    let dropped = try verifier.verify(trace(reply: ""))
    #expect(dropped.note == AnswerVerifier.droppedNote)
    let sentence = AnswerVerifier(.subem, .init(compat: .memagent, extract: .sentence))
    #expect(try sentence.verify(trace(reply: "so the answer is **Paris**.")).score == 1)
    #expect(try verifier.verify(trace(reply: "\\fbox{Paris}")).note.hasPrefix("upstream raises"))
  }

  /// `\boxed` is the form that the prompt asks for, and no word of the reply.
  @Test(arguments: ["boxed", "box", "\\boxed{", "{"])
  func `is not found in the form that is asked for`(_ gold: String) throws {
    #expect(try Includes().verify(trace(answers: [gold], reply: "Nobody knows. \\boxed{}")).score == 0)
    #expect(try Includes().verify(trace(answers: ["a {box} of 5"], reply: "It is \\boxed{a {box} of 5}")).score == 1)
  }

  @Test func `is looked for in the whole reply by includes, and in the last box by boxed`() throws {
    let one = trace(answers: ["12", "34", "56"], reply: "They are 12 and 56.")
    #expect(try abs(Includes().verify(one).score - 2.0 / 3) < 1e-12)
    #expect(try Includes(.init(mode: .part)).verify(one).score == 1)
    #expect(try BoxedReward().verify(trace(answers: ["Beatles"], reply: "\\boxed{The Beatles}")).score == 0)
    #expect(try BoxedReward().verify(trace(answers: ["New York"], reply: "\\boxed{newyork}")).score == 1)
  }
}

@Suite struct `The gates of GRU-Mem` {
  @Test func `earn a point where they are right and lose one where not`() throws {
    // Chunks 1 and 2 share a piece of evidence; written at 0 and 1.
    let one = trace(evidence: [18..<22], writes: [1, 0.5, 0.49, 0])
    let all = try GateVerifier().verify(one)
    #expect(all.credits == [0: -1, 1: 1, 2: -1, 3: 1])
    #expect(all.score == 0.5)
    #expect(try GateVerifier(.init(on: .evidence)).verify(one).score == 0.5)
    #expect(try GateVerifier(.init(on: .rest)).verify(one).score == 0.5)
    #expect(try GateVerifier(.init(on: .evidence)).verify(trace(evidence: [90..<91], writes: [0])).score == 0)
    #expect(throws: VerifierError.self) { try GateVerifier().verify(trace(writes: [1])) }
  }

  @Test func `leave early, exactly or late`() throws {
    let verifier = ExitVerifier()
    #expect(try verifier.verify(trace(evidence: [2..<4, 18..<22], writes: [1, 1])).score == -0.75)
    #expect(try verifier.verify(trace(evidence: [18..<22], writes: [1, 1, 1])).score == 0)
    #expect(try verifier.verify(trace(evidence: [18..<20], writes: [1, 1])).score == 0)
    #expect(try verifier.verify(trace(evidence: [18..<20], writes: [1, 1, 1])).score == -0.5)
    #expect(try verifier.verify(trace(evidence: [1..<2])).score == -0.75)
  }

  @Test func `are well-formed at every turn or not at all`() {
    #expect(FormatVerifier().verify(trace(writes: [1, 1])).score == 1)
    let one = FormatVerifier().verify(trace(writes: [1, 1], malformed: [1]))
    #expect(one.score == 0 && one.credits == [1: -1] && one.note == "1 malformed")
  }
}

@Suite struct `A cost` {
  @Test(arguments: [(6, 0.0), (7, -0.25), (9, -0.75), (10, -1), (99, -1)])
  func `of long replies falls as in DAPO`(_ generated: Int, _ penalty: Double) throws {
    let verdict = try LengthVerifier(.init(limit: 10, buffer: 4)).verify(trace(writes: [1], generated: generated))
    #expect(verdict.score == penalty)
    #expect(verdict.credits == (penalty < 0 ? [0: penalty] : [:]))
  }

  @Test func `in tokens counts prompts and replies`() {
    #expect(TokensSpent().verify(trace(writes: [1, 1], reply: "x")).score == 10)
  }

  @Test func `is weighed in a rubric as in a formula`() async throws {
    let one = trace(evidence: [0..<5], writes: [1], reply: "\\boxed{paris}")
    let reward = 1 * BoxedReward() + 0.5 * GateVerifier() - 0.01 * TokensSpent()
    let verdict = try await reward.verify(one)
    #expect(abs(verdict.score - (1 + 0.5 - 0.07)) < 1e-12)
    #expect(verdict.credits == [0: 0.5])
  }
}

@Suite struct `A memory` {
  @Test func `holds an answer on token borders, after normalisation`() {
    #expect(MemoryHolds.holds("He lives in The Hague, now.", anyOf: ["the hague"]) == true)
    #expect(MemoryHolds.holds("a party", anyOf: ["art"]) == false)
    #expect(MemoryHolds.holds("no notes", anyOf: ["no"]) == nil)
    #expect(MemoryHolds.holds("no notes", anyOf: ["", "Yes."]) == nil)
    #expect(trace(writes: [1], memory: "Paris it is").memoryHolds == true)
    #expect(trace().memoryHolds == false)
  }

  @Test func `that holds vectors is not said to miss what they may hold`() async throws {
    var one = trace(writes: [1], memory: "Paris it is")
    let slots = [
      Slot(id: 0, content: .text("Paris it is"), tokens: 1), Slot(id: 1, content: .vectors(Tensor([1])), tokens: 1),
    ]
    one.steps[0].after = MemoryState(budget: Budget(tokens: 9), slots: slots)
    #expect(one.memoryHolds == true, "its text shows the answer")
    one.question.answers = ["Rome"]
    #expect(one.memoryHolds == nil)
    #expect(throws: VerifierError.noText(question: "q")) { try MemoryHolds().verify(one) }
  }

  @Test func `holds what it recalls, where it recalls less than there is`() {
    var one = trace(writes: [1], memory: "Paris and all the rest")
    one.close(with: Answer(Exchange(prompt: "", reply: Reply("?")), recollection: "the rest"))
    #expect(one.memoryHolds == false)
  }
}

@Suite struct `The catalogue of verifiers` {
  private let catalog = Catalog("verifier", verifiers + [rubricVerifier(of: verifiers)])

  @Test func `makes each of its entries`() async throws {
    let one = trace(evidence: [0..<5], writes: [1], reply: "\\boxed{Paris}")
    // Where a rule depends on the question's task, its settings name one.
    let settings: [String: [String: Setting]] = [
      "babilong": ["variety": .string("qa1")], "infinitebench": ["variety": .string("passkey")],
    ]
    for name in catalog.names where name != "choice" {
      _ = try await catalog.make(Spec(name, settings[name] ?? [:])).verify(one)
    }
    _ = try await catalog.make(Spec("choice")).verify(trace(answers: ["B"], reply: "\\boxed{B}"))
  }

  @Test func `makes GRU-Mem's reward by default, and any other sum`() async throws {
    let one = trace(evidence: [0..<5], writes: [1], reply: "\\boxed{Paris}")
    #expect(try await catalog.make(Spec("rubric")).verify(one).score == 2)
    let term: Setting = .table(["weight": .number(0.5), "verifier": .string("em")])
    #expect(try await catalog.make(Spec("rubric", ["terms": .list([term])])).verify(one).score == 0.5)
  }

  @Test(arguments: [
    Spec("emm"), Spec("em", ["compt": .bool(true)]), Spec("length", ["limit": .int(0)]),
    Spec("length", ["buffer": .int(-1)]), Spec("rubric", ["terms": .list([])]),
    Spec("choice", ["unparsed": .number(2)]), Spec("infinitebench", ["variety": .string("pass")]),
    Spec("rouge", ["form": .string("n")]), Spec("babilong", ["on": .string("part")]),
    Spec("rubric", ["terms": .list([.table(["weight": .int(1), "verifier": .string("nope")])])]),
  ])
  func `refuses settings that make no sense`(_ spec: Spec) {
    #expect(throws: SettingError.self) { try catalog.make(spec) }
  }
}

@Suite struct `GRU-Mem's rewards` {
  /// Eq. 8 to 11 of arXiv:2602.10560, over all cases.
  @Test func `are those of the paper`() {
    #expect(GatedReward.update(isOpen: true, holdsEvidence: true) == 1)
    #expect(GatedReward.update(isOpen: false, holdsEvidence: false) == 1)
    #expect(GatedReward.update(isOpen: true, holdsEvidence: false) == -1)
    #expect(GatedReward.update(isOpen: false, holdsEvidence: true) == -1)
    // The distance does not count, and leaving early costs more than leaving late.
    let exits = [0, 2, 3, 4, 9].map { GatedReward.exit(GatedReward.Timing(exit: $0, evidence: 3)) }
    #expect(exits == [-0.75, -0.75, 0, -0.5, -0.5])
    #expect(GatedReward.format([true, true]) == 1 && GatedReward.format([true, false, true]) == 0)
    #expect(GatedReward.trajectory(outcome: 1, exit: -0.5, format: 1) == 1.5)
    #expect(GatedReward.trajectory(outcome: 0, exit: -0.75, format: 0) == -0.75)
  }

  /// DAPO's own numbers: a limit of 20,480 with a buffer of 4,096.
  @Test func `penalise replies that grow too long`() {
    let found = [16_384, 17_408, 20_480, 30_000].map {
      GatedReward.overlong(tokens: $0, limit: 20_480, buffer: 4096)
    }
    #expect(found == [0, -0.25, -1, -1])
  }
}
