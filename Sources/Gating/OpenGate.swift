import Palimpsest

/// Writes every draft in full and never stops: MemAgent's way.
public struct OpenGate: Gate {
  public init() {}

  /// Always strength 1, never an exit.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision { Decision(write: 1) }
}
