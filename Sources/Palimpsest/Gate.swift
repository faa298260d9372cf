/// Decides from a draft how strongly it is written, and whether reading stops.
///
/// A gate sees what *would* be written and may not write itself. It is asked once per chunk, after
/// the draft and before the memory state changes. It gives the same decision for the same draft, chunk,
/// question and memory state; gates that sample take their random numbers from the question id and the
/// chunk index.
///
/// Source: the update and exit gates of GRU-Mem (arXiv:2602.10560): their U_t is `write`, E_t `exit`.
///
/// - Throws: only if a model the gate consults cannot be reached.
public protocol Gate: Sendable {
  func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) async throws -> Decision
}

/// What a gate decided for one draft.
public struct Decision: Sendable, Codable, Hashable {
  /// 0...1. Text memories write at 0.5 and above; vector memories blend.
  public var write: Float
  /// Ends the reading after this write. Later chunks are never asked for.
  public var exit: Bool
  /// Log-probability of the decision under a gate that samples, for learning; nil otherwise.
  public var logProbability: Float?

  /// - Parameter write: the strength, 0...1; not checked here.
  public init(write: Float, exit: Bool = false, logProbability: Float? = nil) {
    self.write = write
    self.exit = exit
    self.logProbability = logProbability
  }
}
