import Foundation
import Palimpsest

/// Writes with a given probability, independent of the draft: the control for every learned gate.
///
/// The draw depends on the question, the rollout and the chunk, so order and concurrency change nothing.
public struct RandomGate: Gate {
  /// How often a draft is written.
  public struct Settings: Codable, Sendable {
    /// Of writing a chunk, 0...1.
    public var probability = 0.5

    /// Half of the chunks by default.
    public init(probability: Double = 0.5) { self.probability = probability }
  }

  private let probability: Double
  private let seed: UInt64

  /// - Parameter seed: decides all draws, together with question id and chunk index.
  /// - Precondition: the probability is in 0...1.
  public init(_ settings: Settings = Settings(), seed: UInt64 = 1) {
    precondition((0...1).contains(settings.probability), "a probability of \(settings.probability)")
    probability = settings.probability
    self.seed = seed
  }

  /// Strength 1 or 0 by a draw of this question and chunk; never an exit.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision {
    let purpose = draft.call.rollout == 0 ? "gate" : "gate rollout \(draft.call.rollout)"
    var random = SeededGenerator(seed: seed, session: question.id, step: chunk.index, purpose: purpose)
    let writes = Double.random(in: 0..<1, using: &random) < probability
    return Decision(
      write: writes ? 1 : 0, logProbability: Float(log(writes ? probability : 1 - probability)))
  }
}
