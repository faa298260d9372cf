import Basics
import Palimpsest

/// Writes a draft only when it has enough words that the memory state lacks.
///
/// Novelty is the share of the draft's different words that the memory state lacks, 0...1; words are runs
/// of letters and digits without regard to case. Text only: a draft of vectors is always new.
public struct NoveltyGate: Gate {
  /// How new a draft must be.
  public struct Settings: Codable, Sendable {
    /// The least novelty that is written, 0...1.
    public var threshold = 0.05

    /// One new word of twenty by default.
    public init(threshold: Double = 0.05) { self.threshold = threshold }
  }

  private let threshold: Double

  /// A threshold above 1 writes only drafts of vectors.
  public init(_ settings: Settings = Settings()) { threshold = settings.threshold }

  /// Strength 1 at the threshold and above, else 0; never an exit.
  public func decide(
    on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState
  ) -> Decision { Decision(write: Self.novelty(of: draft, against: state) >= threshold ? 1 : 0) }

  /// How new a draft is, 0...1; 0 for one that writes no word.
  public static func novelty(of draft: Draft, against state: MemoryState) -> Double {
    var words: Set<String> = []
    for edit in draft.edits {
      guard case .write(let slot, _) = edit else { continue }
      guard let text = slot.text else { return 1 }
      words.formUnion(text.lowercasedWords)
    }
    guard !words.isEmpty else { return 0 }
    let known = Set(state.text.lowercasedWords)
    return Double(words.count { !known.contains($0) }) / Double(words.count)
  }
}
