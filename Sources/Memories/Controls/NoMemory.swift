import Palimpsest

/// Holds nothing, calls nobody: what the question alone, and the policy's own knowledge, give away.
///
/// States the signal `exit` at once, since no chunk can change what it holds.
public struct NoMemory: Memory {
  /// Always empty: the budget is 0 tokens and 0 slots.
  public var state = MemoryState(budget: Budget(tokens: 0, slots: 0))

  /// There is nothing to set.
  public init() {}

  /// No edits; the signals `update` 0 and `exit` 1.
  public func draft(from chunk: Chunk, for question: Question, with policy: any Policy) -> Draft {
    Draft(signals: ["update": 0, "exit": 1])
  }

  /// Always `Recollection.nothing`.
  public func recall(for cue: Cue) -> Recollection { .nothing }
}
