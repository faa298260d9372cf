import Palimpsest

/// Writes the first chunk and every n-th after it.
public struct EveryGate: Gate {
  /// How often a draft is written.
  public struct Settings: Codable, Sendable {
    /// The stride in chunks; 1 writes every chunk.
    public var n = 10

    /// Every tenth chunk by default.
    public init(n: Int = 10) { self.n = n }
  }

  private let n: Int

  /// - Precondition: `n` is at least 1.
  public init(_ settings: Settings = Settings()) {
    precondition(settings.n > 0, "every \(settings.n) chunks")
    n = settings.n
  }

  /// Strength 1 where the chunk's index is a multiple of `n`, else 0; never an exit.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision { Decision(write: chunk.index.isMultiple(of: n) ? 1 : 0) }
}

extension Gate where Self == EveryGate {
  /// `RepliedGate().or(.everyChunk(10))`
  public static func everyChunk(_ n: Int) -> EveryGate { EveryGate(.init(n: n)) }
}
