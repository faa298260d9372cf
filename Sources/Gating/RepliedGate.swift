import Palimpsest

/// Follows the draft's own signals: `update` is the strength, `exit` stops the reading.
///
/// A memory that states no signal is written at every chunk and reads to the end, so this gate is
/// right for every memory and is the default of every reader.
///
/// Source: the two inference modes of GRU-Mem (arXiv:2602.10560), with and without its exit gate.
public struct RepliedGate: Gate {
  /// Whether the exit signal is obeyed.
  public struct Settings: Codable, Sendable {
    /// Whether the draft's signal `exit` ends the reading.
    public var exit = ExitRule.obey

    /// The exit signal is obeyed by default.
    public init(exit: ExitRule = .obey) { self.exit = exit }
  }

  /// Whether the draft's signal `exit` ends the reading.
  public var exit: ExitRule

  /// The exit signal is obeyed by default.
  public init(_ settings: Settings = Settings()) { exit = settings.exit }

  /// Strength is the signal `update`, 1 where there is none; exits at a signal `exit` of 0.5 and above.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision {
    Decision(
      write: draft.signals.update ?? 1,
      exit: exit == .obey && draft.signals.exit ?? 0 >= 0.5)
  }
}

/// Whether a gate that knows when to stop is let stop.
public enum ExitRule: String, Choice {
  case obey
  /// For tasks whose answer needs the whole text.
  case ignore
}
