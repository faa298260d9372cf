import Palimpsest

/// Holds nothing and makes no call: the control for the question alone and the policy's own
/// knowledge.
///
/// States the signal `exit` at once, since no chunk can change what it holds.
public struct NoMemory: Memory {
  /// Always empty: the budget is 0 tokens and 0 slots.
  public var state = MemoryState(budget: Budget(tokens: 0, slots: 0))

  /// There is nothing to set.
  public init() {}

  /// No edits; the signals `update` 0 and `exit` 1.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
    Draft(signals: Signals(update: 0, exit: 1))
  }

  public func recall(for cue: Cue, with caller: Caller) -> Recollection { .nothing }
}
