import Palimpsest

/// The strategies of a memory bank, and how much of it they see: the whole of a system.
///
/// Writing: extraction → admission → merge → linking → reflection → forgetting → tiering. Recalling: retriever →
/// reranker → distiller. Nothing else changes the bank.
public struct BankRecipe: Sendable {
  public var budget: BankBudget
  public var embedder: any Embedder
  public var extraction: any Extraction
  public var admission: any Admission
  public var merging: any Merging
  public var linking: any Linking
  public var reflections: [any Reflection]
  public var forgetting: any Forgetting
  public var tiering: any Tiering
  public var retriever: any Retriever
  public var reranker: any Reranker
  public var distiller: any Distiller
  /// Length of the recollection, in tokens.
  public var recall: Int
  /// Entries that the retriever finds.
  public var fetch: Int
  /// Entries that the reranker keeps.
  public var keep: Int
  /// Entries like a new content that merge and linking see.
  public var near: Int
  /// Entries like a chunk that are touched by it: a conversation rehearses what it comes back to.
  public var rehearse: Int

  /// The prompts of all strategies, each name once.
  public var prompts: [PromptTemplate] {
    var seen: Set<String> = []
    return (extraction.prompts + merging.prompts + linking.prompts + reflections.flatMap(\.prompts) + distiller.prompts)
      .filter { seen.insert($0.name).inserted }
  }
}
