import Palimpsest

/// Writes everything, and exits at one chunk.
public struct ExitAt: Gate {
  private let index: Int

  public init(_ index: Int) { self.index = index }

  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision { Decision(write: 1, exit: chunk.index == index) }
}
