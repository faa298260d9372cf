import Palimpsest

/// Writes what another gate leaves out. The exit flag is not inverted; it is always false.
public struct NegatedGate: Gate {
  /// The gate whose strength is inverted.
  public let gate: any Gate

  /// - Parameter gate: its exits are ignored.
  public init(_ gate: any Gate) { self.gate = gate }

  /// The strength is 1 minus the other gate's; the exit flag is always false.
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
