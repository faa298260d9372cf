import Palimpsest

/// Writes the first chunk and every n-th after it.
public struct EveryGate: Gate {
  public struct Settings: Codable, Sendable {
    public var n = 10

    public init(n: Int = 10) { self.n = n }
  }

  private let n: Int

  public init(_ settings: Settings = Settings()) {
    precondition(settings.n > 0, "every \(settings.n) chunks")
    n = settings.n
  }

  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision { Decision(write: chunk.index.isMultiple(of: n) ? 1 : 0) }
}

extension Gate where Self == EveryGate {
  /// `RepliedGate().or(.everyChunk(10))`
  public static func everyChunk(_ n: Int) -> EveryGate { EveryGate(.init(n: n)) }
}
