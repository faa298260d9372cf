import Palimpsest

/// Finds the entries that may answer a question. It changes nothing, and never returns what the viewer may not see.
public protocol Retriever: Sendable {
  /// At most `count` entries, the best one first.
  func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored]
}

/// The retrievers by name.
public let retrievers: [Catalog<any Retriever>.Entry] = [
  .init("bm25", "shared words by their rarity", source: "Robertson and Zaragoza 2009") { _ in BM25Retriever() },
  .init("dense", "the nearest vectors of the bank's embedder") { _ in DenseRetriever() },
  .init(
    "hybrid", "ranks of bm25 and dense together", source: "reciprocal rank fusion, Cormack et al. 2009",
    defaults: HybridRetriever.Settings()
  ) { settings, setup in
    try setup.path.demand(settings.offset > 0, "offset", settings.offset, "the offset of ranks is above 0")
    return HybridRetriever(settings)
  },
  .init("weighted", "α · cosine + (1 − α) · bm25, both scaled to 0...1", defaults: WeightedRetriever.Settings()) {
    settings, setup in
    WeightedRetriever(alpha: try checkShare(settings.alpha, "alpha", in: setup))
  },
  .init("linked", "dense, then what the found entries link to", source: "A-MEM, arXiv:2502.12110") { _ in
    LinkedRetriever()
  },
  .init("key", "entries whose key the question names, then bm25", source: "ArcMemo, L2MAC") { _ in KeyRetriever() },
]

/// - Throws: `SettingError.outOfRange` for a number outside 0...1.
func checkShare(_ value: Double, _ name: String, in setup: Setup) throws -> Double {
  try setup.path.demand((0...1).contains(value), name, value, "it lies in 0...1")
  return value
}

/// Ranks by BM25.
public struct BM25Retriever: Retriever {
  /// There is nothing to set.
  public init() {}

  public func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored] {
    bank.best(count, of: bank.terms.scores(for: query.text), for: query)
  }
}

/// Ranks by the cosine of the embedder's vectors; by BM25 in a bank without one.
public struct DenseRetriever: Retriever {
  /// There is nothing to set.
  public init() {}

  public func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored] {
    guard bank.vectors != nil else { return BM25Retriever().candidates(for: query, in: bank, count: count) }
    return bank.best(count, of: bank.cosines(for: query.text), for: query)
  }
}

/// Adds 1 / (offset + rank) of both rankings.
public struct HybridRetriever: Retriever {
  public struct Settings: Codable, Sendable {
    /// Flattens the difference between the first ranks.
    public var offset = 60

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored] {
    var scores: [MemoryEntry.ID: Double] = [:]
    let rankings = [
      BM25Retriever().candidates(for: query, in: bank, count: 4 * count),
      DenseRetriever().candidates(for: query, in: bank, count: 4 * count),
    ]
    for ranking in rankings {
      for (rank, found) in ranking.enumerated() {
        scores[found.id, default: 0] += 1 / Double(settings.offset + rank + 1)
      }
    }
    return bank.best(count, of: scores, for: query)
  }
}

/// α · cosine + (1 − α) · BM25: α = 1 is dense alone. BM25 is divided by its largest score.
public struct WeightedRetriever: Retriever {
  public struct Settings: Codable, Sendable {
    /// The weight of the cosine, 0...1.
    public var alpha = 0.5

    public init() {}
  }

  private let alpha: Double

  /// - Parameter alpha: 0...1.
  public init(alpha: Double) { self.alpha = alpha }

  public func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored] {
    let words = bank.terms.scores(for: query.text)
    let most = max(words.values.max() ?? 0, .leastNormalMagnitude)
    var scores = bank.cosines(for: query.text).mapValues { alpha * max($0, 0) }
    for (id, score) in words { scores[id, default: 0] += (1 - alpha) * score / most }
    return bank.best(count, of: scores, for: query)
  }
}

/// The dense ranking, and behind it what the found entries link to, at most as many again.
public struct LinkedRetriever: Retriever {
  /// There is nothing to set.
  public init() {}

  public func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored] {
    let found = DenseRetriever().candidates(for: query, in: bank, count: count)
    let pool = bank.pool(for: query)
    var seen = Set(found.map(\.id))
    var linked: [Scored] = []
    for hit in found {
      for link in bank.entries[hit.id]?.links ?? []
      where pool.contains(link.target) && seen.insert(link.target).inserted {
        linked.append(Scored(link.target, hit.score * link.weight))
      }
    }
    return found + linked.prefix(count)
  }
}

/// Entries whose whole key stands in the question, the longest key first; behind them the ranking by BM25.
public struct KeyRetriever: Retriever {
  /// There is nothing to set.
  public init() {}

  public func candidates(for query: BankQuery, in bank: Bank, count: Int) -> [Scored] {
    let text = query.text.lowercased()
    let named = bank.pool(for: query).compactMap { id -> Scored? in
      guard let key = bank.entries[id]?.content.key, !key.isEmpty, text.contains(key.lowercased()) else { return nil }
      // Above every score of BM25.
      return Scored(id, 1e6 + Double(key.count))
    }.sorted { ($0.score, $0.id) > ($1.score, $1.id) }
    let known = Set(named.map(\.id))
    let others = BM25Retriever().candidates(for: query, in: bank, count: count).filter { !known.contains($0.id) }
    return Array((named + others).prefix(max(count, 0)))
  }
}
