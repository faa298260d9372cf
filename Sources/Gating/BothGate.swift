import Palimpsest

/// Opens as far as the gate that opens least, and exits only where all of them do.
public struct BothGate: Gate {
  /// The gates that are asked; without any, drafts are written and the reading never ends early.
  public let gates: [any Gate]

  /// An empty list writes every draft and never exits.
  public init(_ gates: [any Gate]) { self.gates = gates }

  /// The smallest strength of all gates; `exit` only where every gate exits.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) async throws -> Decision {
    var both = Decision(write: 1, exit: !gates.isEmpty)
    for gate in gates {
      let one = try await gate.decide(on: draft, from: chunk, for: question, given: state)
      both.write = min(both.write, one.write)
      both.exit = both.exit && one.exit
      both.addProbability(of: one)
    }
    return both
  }
}

extension Gate {
  /// Both of two gates.
  public func and(_ other: some Gate) -> BothGate { BothGate([self, other]) }
}
