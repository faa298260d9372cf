import Palimpsest

/// Strengths of every kind, tossed per question and chunk; never exits.
public struct TossGate: Gate {
  public init() {}

  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision {
    var random = SeededGenerator(seed: 7, session: question.id, step: chunk.index, purpose: "toss")
    return Decision(write: [0, 0.25, 0.5, 1, 1][Int.random(in: 0..<5, using: &random)])
  }
}
