import Palimpsest

/// Knows where the evidence lies: it writes the chunks that touch evidence, and no others.
///
/// The upper bound of every gate. A chunk that holds only a part of cut evidence is written too.
/// With `exit: obey` it stops when all evidence has been read, which is what GRU-Mem calls an exact
/// exit; where no evidence is known it neither writes nor stops.
public struct OracleGate: Gate {
  /// Which evidence counts, and whether its end ends the reading.
  public struct Settings: Codable, Sendable {
    /// Whether the reading stops behind the last evidence.
    public var exit = ExitRule.obey
    /// Only evidence that a forward-only reader can recognise when it meets it.
    public var causal = false

    /// All evidence counts, and its end ends the reading, by default.
    public init(exit: ExitRule = .obey, causal: Bool = false) {
      self.exit = exit
      self.causal = causal
    }
  }

  private let settings: Settings

  /// All evidence counts, and its end ends the reading, by default.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Strength 1 where the chunk touches evidence, else 0; reads the question, not the draft.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision {
    let evidence = settings.causal ? question.causalEvidence : question.evidence
    let end = evidence.map(\.upperBound).max()
    return Decision(
      write: evidence.contains { $0.overlaps(chunk.range) } ? 1 : 0,
      exit: settings.exit == .obey && end.map { $0 <= chunk.range.upperBound } ?? false)
  }
}
