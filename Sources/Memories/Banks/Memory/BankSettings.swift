import Palimpsest

/// The settings of every memory bank: its budget, and its strategies by name. A system is a value of these; each
/// strategy can be exchanged for another one, which makes an ablation.
public struct BankSettings: Codable, Sendable {
  /// The most tokens of all entries.
  public var tokens = 1024
  /// The most entries.
  public var entries = 512
  /// Entries leave above this share of the budget, until `low` is reached.
  public var high = 0.95
  public var low = 0.85
  /// The most tokens of core entries; 0 sets no bound.
  public var core = 0
  /// Length of the recollection.
  public var recall = 512
  /// Entries that the retriever finds.
  public var fetch = 20
  /// Entries that the reranker keeps.
  public var keep = 10
  /// Entries like a new one that merge and linking see.
  public var near = 5
  /// Entries like a chunk that it touches.
  public var rehearse = 0
  /// Length of the vectors of the lexical embedder, a power of two.
  public var width = 512
  public var extraction = Spec("passages")
  public var admission = Spec("all")
  public var merge = Spec("append")
  public var linking = Spec("none")
  public var reflections: [Spec] = []
  public var forgetting = Spec("lru")
  public var tiering = Spec("none")
  public var retriever = Spec("hybrid")
  public var reranker = Spec("identity")
  public var distiller = Spec("lines")

  /// A plain store: passages, found by words and vectors, the least recently used one leaves.
  public init() {}

  /// A plain store with some settings changed.
  init(_ change: (inout BankSettings) -> Void) {
    self.init()
    change(&self)
  }

  /// - Throws: `SettingError` for what no bank can have, and for unknown strategies and their settings.
  func memory(in setup: Setup) throws -> BankMemory {
    let most = 1 << 30
    try setup.path.demand((1...most).contains(tokens), "tokens", tokens, "a bank holds between 1 and \(most) tokens")
    try setup.path.demand(
      (1...most).contains(entries), "entries", entries, "a bank holds between 1 and \(most) entries")
    try setup.path.demand((0...1).contains(high) && high > 0, "high", high, "a share above 0, at most 1")
    try setup.path.demand(low > 0 && low <= high, "low", low, "a share above 0, at most `high`")
    try setup.path.demand((0...most).contains(core), "core", core, "at least 0")
    try setup.path.demand(
      (1...most).contains(recall), "recall", recall, "a recollection holds between 1 and \(most) tokens")
    for (name, value) in [("fetch", fetch), ("keep", keep)] {
      try setup.path.demand((1...most).contains(value), name, value, "at least 1")
    }
    for (name, value) in [("near", near), ("rehearse", rehearse)] {
      try setup.path.demand((0...most).contains(value), name, value, "at least 0")
    }
    try setup.path.demand(
      (16...32_768).contains(width) && width & (width - 1) == 0, "width", width, "a power of two in 16...32768")
    func make<Product>(_ family: String, _ entries: [Catalog<Product>.Entry], _ spec: Spec) throws -> Product {
      var inner = setup
      inner.path = setup.path + "." + family
      return try Catalog(family, entries).make(spec, in: inner)
    }
    let recipe = BankRecipe(
      budget: BankBudget(
        tokens: tokens, entries: entries, high: high, low: low, kinds: core > 0 ? [.core: core] : [:]),
      embedder: LexicalEmbedder(width: width),
      extraction: try make("extraction", extractions, extraction),
      admission: try make("admission", admissions, admission), merging: try make("merge", mergings, merge),
      linking: try make("linking", linkings, linking),
      reflections: try reflections.map { try make("reflections", MemoryBanks.reflections, $0) },
      forgetting: try make("forgetting", forgettings, forgetting), tiering: try make("tiering", tierings, tiering),
      retriever: try make("retriever", retrievers, retriever), reranker: try make("reranker", rerankers, reranker),
      distiller: try make("distiller", distillers, distiller), recall: recall, fetch: fetch, keep: keep, near: near,
      rehearse: rehearse)
    return BankMemory(recipe, seed: setup.seed, tokenizer: setup.tokenizer, templates: setup.templates)
  }
}
