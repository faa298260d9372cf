import Palimpsest

/// Opens as far as the gate that opens furthest, and exits where any of them does.
public struct EitherGate: Gate {
  /// The gates that are asked; without any, nothing is written.
  public let gates: [any Gate]

  /// An empty list writes nothing and never exits.
  public init(_ gates: [any Gate]) { self.gates = gates }

  /// The largest strength of all gates; `exit` where any gate exits.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) async throws -> Decision {
    // All are asked, whatever the first says: a gate that samples or learns sees every chunk.
    var either = Decision(write: 0)
    for gate in gates {
      let one = try await gate.decide(on: draft, from: chunk, for: question, given: state)
      either.write = max(either.write, one.write)
      either.exit = either.exit || one.exit
      either.addProbability(of: one)
    }
    return either
  }
}

extension Gate {
  /// Either of two gates.
  public func or(_ other: some Gate) -> EitherGate { EitherGate([self, other]) }
}

extension Decision {
  /// Independent decisions: their log-probabilities add up, as far as they are known.
  mutating func addProbability(of other: Decision) {
    if let theirs = other.logProbability { logProbability = (logProbability ?? 0) + theirs }
  }
}
