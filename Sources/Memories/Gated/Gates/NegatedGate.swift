import Palimpsest

/// Writes what another gate leaves, and never exits: to stop and not to stop are no opposites.
public struct NegatedGate: Gate {
  public let gate: any Gate

  public init(_ gate: any Gate) { self.gate = gate }

  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) async throws -> Decision {
    var decision = try await gate.decide(on: draft, from: chunk, for: question, given: state)
    decision.write = 1 - decision.write
    decision.exit = false
    return decision
  }
}

extension Gate {
  /// The opposite of a gate.
  public var not: NegatedGate { NegatedGate(self) }
}
