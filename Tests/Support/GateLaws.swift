import Palimpsest
import Testing

/// Checks the laws of `Gate`: a strength is a share; the same draft, chunk, question and memory state get
/// the same decision, in any order and at any concurrency; and a reading with it can be resumed.
public func checkGate(_ gate: any Gate, at place: SourceLocation = #_sourceLocation) async throws {
  let cases = GateCase.all
  var decisions: [Decision] = []
  for one in cases { decisions.append(try await one.decision(of: gate)) }
  for decision in decisions {
    #expect((0...1).contains(decision.write), "a strength is a share", sourceLocation: place)
  }

  var backwards: [Decision] = []
  for one in cases.reversed() { backwards.append(try await one.decision(of: gate)) }
  #expect(backwards.reversed() == decisions, "order changes no decision", sourceLocation: place)

  let together = try await withThrowingTaskGroup { group in
    for (index, one) in cases.enumerated() { group.addTask { (index, try await one.decision(of: gate)) } }
    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
  }
  #expect(
    decisions.indices.allSatisfy { together[$0] == decisions[$0] }, "concurrency changes no decision",
    sourceLocation: place)
  try await checkResuming(gate, at: place)
}

/// A reading stopped at any step, behind its exit too, goes on as if it had not been.
private func checkResuming(_ gate: any Gate, at place: SourceLocation) async throws {
  let reader = Reader(chunker: ByteChunker(10), memory: Scrap(), gate: gate, policy: Parrot())
  let text = String(repeating: "the key lies in the oven; ", count: 4)
  let question = Question(id: "r", ask: "where?", evidence: [5..<15, 35..<41], source: .text(text))
  let whole = try await reader.read(question)
  for count in 0...whole.steps.count {
    let resumed = try await reader.read(question, resuming: try whole.stopped(after: count))
    #expect(try resumed.comparable() == whole.comparable(), "stopped after \(count) steps", sourceLocation: place)
  }
}

/// Holds the last chunk it was let write, and states every signal now and then.
private struct Scrap: Memory {
  var state = MemoryState(budget: Budget(tokens: 100, slots: 1))

  func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
    let text = chunk.text ?? ""
    let slot = Slot(id: 0, content: .text(text), tokens: text.utf8.count, origins: [chunk.index])
    let signals = Signals(update: chunk.index % 3 == 0 ? 0 : 1, exit: chunk.index == 6 ? 1 : 0)
    return Draft(edits: [.write(slot, because: "test")], signals: signals)
  }

  func recall(for cue: Cue, with caller: Caller) -> Recollection { .text(state.text) }
}

private struct GateCase: Sendable {
  var draft: Draft
  var chunk: Chunk
  var question: Question
  var state: MemoryState

  func decision(of gate: any Gate) async throws -> Decision {
    try await gate.decide(on: draft, from: chunk, for: question, given: state)
  }

  static let all: [GateCase] = {
    let signals = [
      Signals(), Signals(update: 0), Signals(update: 1), Signals(update: 0.4, exit: 0.6), Signals(update: 1, exit: 1),
      Signals(update: 0, exit: 0, malformed: 1),
    ]
    let slot = Slot(id: 0, content: .text("the key lies in the oven"), tokens: 24, origins: [0])
    let empty = MemoryState(budget: Budget(tokens: 64, slots: 1))
    let written = MemoryState(budget: Budget(tokens: 64, slots: 1), slots: [slot])
    var cases: [GateCase] = []
    for id in ["a", "b"] {
      let question = Question(id: id, ask: "where?", evidence: [5..<15, 35..<41], source: .text(""))
      for (index, signals) in signals.enumerated() {
        let chunk = Chunk(index: index, content: .text("0123456789"), range: (10 * index)..<(10 * index + 10))
        for edits in [[], [Edit.write(slot, because: "")]] {
          for state in [empty, written] {
            let draft = Draft(edits: edits, signals: signals)
            cases.append(GateCase(draft: draft, chunk: chunk, question: question, state: state))
          }
        }
      }
    }
    return cases
  }()
}
