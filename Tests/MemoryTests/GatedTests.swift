import Gating
import MemoryGated
import Palimpsest
import PolicyScripted
import Support
import Testing

@Suite struct `A gated reply` {
  static let good = gated(think: " why ", check: " YES\n", update: "\n the page \n", next: "Continue")

  @Test func `has four fields, trimmed, its gates case-folded`() throws {
    let reply = try GatedReply(strict: "Sure!\n" + Self.good + "\nDone.")
    #expect(reply == GatedReply(reason: "why", update: true, page: "the page", exit: false))
    #expect(try GatedReply(strict: gated(check: "no", update: "", next: "end")).exit)
  }

  @Test(arguments: [
    ("", GatedReply.Fault.missing("<think>")),
    ("yes, the page", .missing("<think>")),
    (good.replacing("</update>", with: ""), .missing("</update>")),
    (good.replacing("<next>", with: "<next><next>"), .repeated("<next>")),
    (good + good, .repeated("<think>")),
    (good.replacing("the page", with: "a <check>yes</check>"), .repeated("<check>")),
    ("<check>yes</check><think>x</think><update>p</update><next>end</next>", .misplaced("<check>")),
    ("<think>x<check>yes</check></think><update>p</update><next>end</next>", .misplaced("<check>")),
    ("</think>x<think><check>yes</check><update>p</update><next>end</next>", .misplaced("</think>")),
    (good.replacing("YES", with: "maybe"), .illegalWord(.check, "maybe")),
    (good.replacing("YES", with: ""), .illegalWord(.check, "")),
    (good.replacing("Continue", with: "stop"), .illegalWord(.next, "stop")),
    (good.replacing("<think>", with: "<THINK>"), .missing("<think>")),
    (good.replacing("<think>", with: "< think>"), .missing("<think>")),
  ])
  func `is malformed when a tag is not once, in order, closed and legal`(_ text: String, _ fault: GatedReply.Fault) {
    #expect(throws: fault) { try GatedReply(strict: text) }
  }

  @Test(arguments: [
    ("", GatedReply(reason: "", update: false, page: "", exit: false)),
    ("<check>yes</check><update>p", GatedReply(reason: "", update: true, page: "p", exit: false)),
    ("<think>a<check>yes<update>p<next>end", GatedReply(reason: "a", update: true, page: "p", exit: true)),
    ("<CHECK>Yes</CHECK><Update>P</Update>", GatedReply(reason: "", update: true, page: "P", exit: false)),
    ("<check>no</check><check>yes</check>", GatedReply(reason: "", update: true, page: "", exit: false)),
    ("<check>perhaps</check><next>END</next>", GatedReply(reason: "", update: false, page: "", exit: true)),
  ])
  func `is read leniently as far as it is there`(_ text: String, _ reply: GatedReply) {
    #expect(GatedReply(lenient: text) == reply)
  }

  @Test(arguments: 0..<20)
  func `of any kind is read the same way twice, and never traps`(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed), purpose: "replies")
    let parts = [
      "<think>", "</think>", "<check>", "</check>", "<update>", "</update>", "<next>", "</next>", "yes", "no", "end",
      "continue", " ", "é", "\u{301}", "<",
    ]
    var accepted = 0
    for round in 0..<300 {
      // Well-formed replies with some parts taken out or put in.
      var pieces =
        round.isMultiple(of: 2)
        ? [
          "<think>", "a", "</think>", "<check>", "yes", "</check>", "<update>", "p", "</update>", "<next>", "end",
          "</next>",
        ] : []
      for _ in 0..<Int.random(in: 0..<4, using: &random) {
        pieces.insert(parts.randomElement(using: &random) ?? "", at: Int.random(in: 0...pieces.count, using: &random))
        if Bool.random(using: &random) { pieces.remove(at: Int.random(in: 0..<pieces.count, using: &random)) }
      }
      let text = pieces.joined()
      let lenient = GatedReply(lenient: text)
      if let strict = try? GatedReply(strict: text) {
        accepted += 1
        #expect(strict == lenient, "\(text)")
        for field in GatedReply.Field.allCases {
          #expect(text.utf8.ranges(of: "<\(field.rawValue)>".utf8) == 1, "\(text)")
          #expect(text.utf8.ranges(of: "</\(field.rawValue)>".utf8) == 1, "\(text)")
        }
      }
    }
    #expect(accepted > 10)
  }
}

@Suite struct `A gated page` {
  let question = Question(id: "q", ask: "who?", source: .text("aaaabbbbcccc"))
  let chunk = Chunk(index: 2, content: .text("c"), range: 2..<3)

  func draft(_ reply: String, _ settings: GatedMemory.Settings = .init()) async throws -> Draft {
    try await GatedMemory(settings).draft(from: chunk, for: question, with: Saying(reply: Reply(reply)))
  }

  @Test func `is drafted with the gates the reply states`() async throws {
    let draft = try await draft(gated(think: "new fact", check: "yes", update: "page", next: "end"))
    #expect(draft.text == "page")
    #expect(draft.signals == Signals(update: 1, exit: 1, malformed: 0, truncated: 0))
    #expect(draft.reason == "new fact")
    #expect(draft.exchanges[0].prompt.form == .gatedPage)
  }

  @Test func `is drafted even behind a shut gate, so that another gate may open`() async throws {
    let draft = try await draft(gated(check: "no", update: "page", next: "continue"))
    #expect(draft.text == "page")
    #expect(draft.signals.update == 0)
    let empty = try await self.draft(gated(check: "no", update: "", next: "continue"))
    #expect(empty.edits.isEmpty)
  }

  @Test func `is left alone by a malformed reply, whatever the gate`() async throws {
    let reader = Reader(
      chunker: ByteChunker(4), memory: GatedMemory(), gate: OpenGate(),
      policy: Saying(reply: Reply("<check>yes</check><update>p</update>")))
    let trace = try await reader.read(question)
    #expect(trace.tally.malformed == 3)
    #expect(trace.tally.updates == 0)
    #expect(trace.end == .finished)
    #expect(trace.steps[0].draft.reason == "malformed: <think> is missing")
  }

  @Test func `is written leniently when told so, and the fault is counted`() async throws {
    let draft = try await draft("<check>yes</check><update>p", .init(grammar: .lenient))
    #expect(draft.text == "p")
    #expect(draft.signals.update == 1)
    #expect(draft.signals.malformed == 1)
  }

  @Test func `ends the question at a malformed reply when told so`() async throws {
    await #expect(throws: GatedMemoryError.malformed(.missing("<think>"), chunk: 2, attempts: 1)) {
      try await draft("nothing of the kind", .init(grammar: .abort))
    }
  }

  @Test func `is cut at its budget alone, not with the other fields`() async throws {
    let memory = GatedMemory(.init(tokens: 4), tokenizer: ByteTokenizer())
    let reply = gated(think: "a long thought", check: "yes", update: "abcdef", next: "continue")
    let draft = try await memory.draft(from: chunk, for: question, with: Saying(reply: Reply(reply)))
    #expect(draft.text == "abcd")
    #expect(draft.signals.truncated == 1)
  }
}

extension Sequence<UInt8> {
  fileprivate func ranges(of part: some Sequence<UInt8>) -> Int {
    String(decoding: Array(self), as: UTF8.self).unicodeScalars.map { $0.isASCII ? Character($0) : "?" }
      .split(separator: Array(String(decoding: Array(part), as: UTF8.self)), omittingEmptySubsequences: false).count - 1
  }
}
