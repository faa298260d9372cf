import Palimpsest

/// Decides as another gate does, and reads to the end.
public struct NeverExitingGate: Gate {
  /// The gate whose strength is used.
  public let gate: any Gate

  /// - Parameter gate: its exits are ignored.
  public init(_ gate: any Gate) { self.gate = gate }

  /// The other gate's strength, without its exit.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) async throws -> Decision {
    var decision = try await gate.decide(on: draft, from: chunk, for: question, given: state)
    decision.exit = false
    return decision
  }
}

extension Gate {
  /// The same gate, without its exit.
  public func ignoringExit() -> NeverExitingGate { NeverExitingGate(self) }
}
