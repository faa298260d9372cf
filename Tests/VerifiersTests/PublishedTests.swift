import Palimpsest
import Testing
import Verifiers

/// The rules of published benchmarks as verifiers of traces. Their metrics as such are held by the vectors.
@Suite struct `The rule of a benchmark` {
  private func asked(_ ask: String, _ traits: [String: String], answers: [String], reply: String) -> Trace {
    var one = trace(answers: answers, reply: reply)
    one.question.ask = ask
    one.question.traits = traits
    return one
  }

  @Test(arguments: [
    ("\\boxed{hallway}", 1.0), ("The most recent location of Mary is hallway.", 1), ("hallway or kitchen", 0),
    ("Thinking of the kitchen </think> \\boxed{hallway}", 1), ("", 0), ("\\boxed{}", 0),
  ])
  func `of BABILong wants the target and no other label`(_ reply: String, _ score: Double) throws {
    let one = asked("Where is Mary?", ["variety": "qa1"], answers: ["hallway"], reply: reply)
    #expect(try BABILongVerifier().verify(one).score == score)
  }

  @Test func `of BABILong takes labels in the question for none, and several targets as a set`() throws {
    let before = asked(
      "Where was the apple before the kitchen?", ["variety": "qa3"], answers: ["office"],
      reply: "Before the kitchen it was in the office.")
    #expect(try BABILongVerifier().verify(before).score == 1)
    let both = asked("What is Daniel carrying?", ["variety": "qa8"], answers: ["apple,milk"], reply: "milk, apple")
    #expect(try BABILongVerifier().verify(both).score == 1)
    #expect(throws: VerifierError.self) { try BABILongVerifier().verify(trace(reply: "x")) }
    #expect(try BABILongVerifier(.init(variety: "qa8")).verify(both).score == 1)
  }

  @Test(arguments: [
    ("The correct answer is (B)", 1.0, 1.0), ("The correct answer is **B**.", 1, 1), ("\\boxed{B}", 1, 0), ("B", 1, 0),
    ("(B)", 1, 0), ("B. because", 1, 0), ("B) Ben", 1, 0), ("Because of it, B", 0, 0),
    ("The correct answer is (C)", 0, 0),
    // "A dog" is no choice of A; the original's sentence outweighs a box.
    ("A dog", 0, 0), ("The correct answer is (B), not \\boxed{C}", 1, 1), ("", 0, 0),
  ])
  func `of LongBench v2 wants the letter`(_ reply: String, _ score: Double, _ whole: Double) throws {
    let one = trace(answers: ["B", "Ben"], reply: reply)
    #expect(try ChoiceVerifier().verify(one).score == score)
    #expect(try ChoiceVerifier(.init(on: .whole)).verify(one).score == whole)
  }

  @Test func `of LongBench v2 may give credit for a reply without a letter`() throws {
    let verifier = ChoiceVerifier(.init(unparsed: 0.25))
    #expect(try verifier.verify(trace(answers: ["B"], reply: "no idea")).score == 0.25)
    #expect(try verifier.verify(trace(answers: ["B"], reply: "\\boxed{C}")).score == 0)
    #expect(try verifier.verify(trace(answers: ["B"], end: .failed(reason: "x", attempts: 1))).score == 0)
    #expect(throws: VerifierError.self) { try verifier.verify(trace(answers: ["Ben"], reply: "B")) }
  }

  typealias Case = (variety: String, answers: [String], reply: String, score: Double)

  static let infinite: [Case] = [
    ("passkey", ["71432"], "The key is 71432.", 1.0), ("passkey", ["71432"], "1 of 71432", 0),
    ("number_string", ["55"], "\\boxed{55}", 1), ("kv_retrieval", ["abc-1"], "\"abc-1\": found", 1),
    ("longbook_choice_eng", ["Ben", "B"], "\\boxed{B}", 1), ("longbook_choice_eng", ["Ben", "B"], "answer is: A", 0),
    ("code_debug", ["f3", "D"], "D.", 1), ("code_run", ["-14"], "It returns -14.", 1), ("code_run", ["4"], "-4", 0),
    ("math_find", ["3"], "The largest is 3", 1), ("math_find", ["3.5"], "3.5", 1),
    ("math_calc", ["1", "3", "12"], "1, 3, 13", 2.0 / 3),
    ("longdialogue_qa_eng", ["ACE"], "It is Ace.", 1), ("longbook_qa_eng", ["in Ulm"], "She was born in Ulm", 4.0 / 7),
    ("longbook_sum_eng", ["All is well."], "all is well", 1),
  ]

  @Test(arguments: infinite.indices)
  func `of InfiniteBench is that of the question's task`(_ index: Int) throws {
    let (variety, answers, reply, score) = Self.infinite[index]
    let one = asked("?", ["variety": variety], answers: answers, reply: reply)
    #expect(try abs(InfiniteBenchVerifier().verify(one).score - score) < 1e-9)
  }

  @Test func `of InfiniteBench refuses a question of no task, and an answer of another form`() throws {
    #expect(throws: VerifierError.self) { try InfiniteBenchVerifier().verify(trace(reply: "x")) }
    let wrong = asked("?", ["variety": "math_calc"], answers: ["one"], reply: "1")
    #expect(throws: VerifierError.self) { try InfiniteBenchVerifier().verify(wrong) }
    let failed = asked("?", ["variety": "passkey"], answers: ["1"], reply: "")
    #expect(try InfiniteBenchVerifier().verify(failed).score == 0)
  }

  /// By rouge-score 0.1.2, `RougeScorer(["rougeL"]).score(gold, prediction)["rougeL"].fmeasure`.
  @Test(arguments: [
    ("the cat sat on the mat", "the cat was sat on a mat", 0.7692307692307692), ("Mark Hunter", "Mark Hunter.", 1),
    (
      "He is a high school student in Phoenix.\nAt night", "a loner and outsider student with a radio station",
      0.2105263157894737
    ), ("", "x", 0), ("Él café 12", "el caf 12", 0.6666666666666666),
    ("a b c d e f g", "g f e d c b a", 0.14285714285714285),
  ])
  func `of NarrativeQA is ROUGE-L, the best over answers`(_ reply: String, _ gold: String, _ score: Double) throws {
    #expect(abs(ROUGE.l(reply, gold: gold) - score) < 1e-12)
    let one = trace(answers: ["zzz", gold], reply: reply)
    #expect(try abs(RougeVerifier().verify(one).score - score) < 1e-12)
    #expect(try RougeVerifier(.init(form: .lsum)).verify(one).score >= 0)
  }
}

@Suite struct `Replies of another program` {
  private func rows(
    _ replies: [(String, [String])], all: Bool, extraction: MemAgent.Extraction = .whole, dropsEmpty: Bool = true,
    total: Int? = nil
  ) throws -> [String: PredictionScores.Row] {
    let rows = try PredictionScores(
      replies.map { .init(text: $0.0, golds: $0.1) }, wantsAll: all, extraction: extraction, dropsEmpty: dropsEmpty,
      total: total
    ).rows()
    return Dictionary(uniqueKeysWithValues: rows.map { ("\($0.rule) \($0.metric)", $0) })
  }

  @Test func `are scored by RULER's rule, MemAgent's and ours`() throws {
    let found = try rows([("1 and 2", ["1", "2", "3"]), ("none", ["4"]), ("", ["5"])], all: true)
    #expect(found["ruler string_match_all"]?.value.value == 22.22)
    // 0.67 + 0 over two: the empty reply is left out, and single scores are rounded.
    #expect(found["memagent sub_em"]?.value.value == 33.5 && found["memagent sub_em"]?.dropped == 1)
    let ours = try #require(found["ours includes"])
    #expect(abs(ours.value.value - 2.0 / 9) < 1e-12 && ours.n == 3 && ours.value.low != nil)
  }

  @Test func `to questions over documents are scored by any gold, by the first and by the best`() throws {
    let replies = [("It is \\boxed{Ben}", ["Ada", "Ben"]), ("\\boxed{the Ada}", ["Ada"]), ("\\boxed{}", ["zz"])]
    let found = try rows(replies, all: false, extraction: .boxed, dropsEmpty: false, total: 5)
    #expect(found["ruler string_match_part"]?.value.value == 66.67)
    #expect(found["memagent em"]?.value.value == 33.33 && found["memagent em"]?.n == 3)
    #expect(found["ours em"]?.n == 5 && found["ours em"]?.value.value == 0.4)
    #expect(found["ours f1"]?.value.value == 0.4)
    #expect(throws: PythonError.self) { try rows([], all: true) }
    #expect(throws: PythonError.self) { try rows([("x", [])], all: true) }
  }
}
