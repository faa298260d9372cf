import Foundation
import Palimpsest
import Support
import Tensors
import TraceLogs

/// A memory of many slots of all kinds, which is written, touched, erased and evicted by turns: every
/// way a memory state can change.
struct Bank: Memory {
  var state = MemoryState(
    budget: Budget(tokens: 40, slots: 5, eviction: .leastRecent),
    slots: [Slot(id: 0, content: .text("what was there before the first chunk, a long sentence"), tokens: 3)])

  func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let prompt: Prompt = "<memory>\(state.text, .memory)</memory>\(chunk)"
    let reply = try await caller.reply(to: prompt.expecting(.page), sampling: Sampling(maxTokens: 9))
    if chunk.index == 1 { _ = try await caller.reply(to: "once more", sampling: Sampling(maxTokens: 9)) }
    var random = SeededGenerator(seed: 7, session: question.id, step: chunk.index, purpose: "bank")
    var edits: [Edit] = []
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let id = Int.random(in: 0...state.freshID, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: edits.append(.erase(id, because: "it is old"))
      case 1: edits.append(.touch(id))
      case 2:
        let vector = Tensor([1 / 3, -0, .infinity, Float(chunk.index)], shape: [2, 2])
        edits.append(.write(Slot(id: id, content: .vectors(vector), key: Tensor([0.1]), tokens: 2), because: "v"))
      case 3:
        let rows = Rows(
          keys: Tensor(zeros: [1, 2, 1]), values: Tensor([1, 2], shape: [1, 2, 1]), layer: 3, positions: [4, 5],
          version: "v")
        edits.append(.write(Slot(id: id, content: .rows(rows), tokens: 50), because: "too large"))
      default:
        let slot = Slot(
          id: id, content: .text(reply.text), tokens: 9, origins: [chunk.index], links: [0, id],
          attributes: Attributes(tags: ["é"], time: 1.5, strength: 0.5, values: ["n": .int(chunk.index)]))
        edits.append(.write(slot, because: "rewrite\n\u{0}\u{2028}\"é"))
      }
    }
    return Draft(
      edits: edits, signals: Signals(update: 0.1, malformed: Float(chunk.index % 2)),
      reason: chunk.index % 3 == 0 ? "why not" : nil)
  }

  /// Less than it holds.
  func recall(for cue: Cue, with caller: Caller) async throws -> Recollection {
    _ = try await caller.reply(to: "what bears on it?", sampling: Sampling(maxTokens: 9))
    return .text("the end of \(state.text.suffix(9))", used: state.slots.map(\.id))
  }
}

/// Replies with what it was shown, counts in its state, and brings captures along.
struct Parrot: Policy {
  let name = "parrot"

  func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
    let calls = (prompt.policyState.flatMap { Int($0.text) } ?? 0) + 1
    var reply = Reply(
      "so: \(prompt[.section] ?? "") and then \(call.question)/\(call.step), 天地玄黄", tokens: [call.step, 2],
      logProbabilities: [-0.1, -.infinity], finish: .length, usage: Usage(read: 11, generated: 3),
      attempts: 1 + call.step % 2, model: "parrot-1", captures: ["scores": Tensor([0.25, .pi])],
      policyState: call.purpose == .draft && call.step % 3 > 0 ? try PolicyState("\(calls)") : nil)
    reply.promptTokens = [7, call.call]
    reply.mask = [true, false]
    reply.samplerLogProbabilities = [-0.2, 0]
    return reply
  }
}

/// Opens by turns; exits where it is told to.
struct ByTurns: Gate {
  var exitAt: Int?

  func decide(on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState) -> Decision {
    Decision(write: chunk.index % 3 == 2 ? 0 : 1, exit: chunk.index == exitAt, logProbability: -0.5)
  }
}

func makeReader(exitAt: Int? = nil) -> Reader {
  Reader(chunker: ByteChunker(20), memory: Bank(), gate: ByTurns(exitAt: exitAt), policy: Parrot())
}

func makeQuestion(_ id: String = "q", chunks: Int = 9) -> Question {
  Question(
    id: id, ask: "who said \"\u{7}é\"?", answers: ["a", "b"], evidence: [3..<9], causalEvidence: [3..<5],
    cluster: "document", traits: ["hops": "2"],
    source: .text(String(repeating: "abcdefghij klmnop, ñ ", count: chunks).prefix(20 * chunks - 5).description))
}

/// What of a trace must survive a file, as text that can be compared; in lean detail, without the text
/// of chunks and prompts.
func essence(_ trace: Trace, _ detail: TraceLog.Detail = .full) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
  func stripped(_ exchange: Exchange) -> Exchange {
    detail == .full
      ? exchange
      : Exchange(
        call: exchange.call, prompt: Prompt([], form: exchange.prompt.form, used: exchange.prompt.used),
        reply: exchange.reply)
  }

  var parts: [String] = []
  let question = trace.question
  parts.append("\(question.id) \(question.ask) \(question.answers) \(question.evidence) \(question.causalEvidence)")
  parts.append("\(question.cluster) \(question.traits) \(String(describing: trace.reading)) \(trace.end)")
  for var step in trace.steps {
    step.seconds = 0
    step.draft.exchanges = step.draft.exchanges.map(stripped)
    if detail == .lean { step.chunk.content = .text("") }
    parts.append(try text(step))
  }
  var tally = trace.tally
  tally.seconds = 0
  parts.append(try text(tally))
  if var answer = trace.answer {
    answer.exchange = stripped(answer.exchange)
    answer.recalls = answer.recalls.map(stripped)
    parts.append(try text(answer))
  }
  return parts.joined(separator: "\n")
}
