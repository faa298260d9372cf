import Foundation
import Palimpsest

/// Chooses among what was found the entries that are shown.
public protocol Reranker: Sendable {
  /// At most `count` of the candidates, the best one first.
  func select(
    _ count: Int, of candidates: [Scored], for query: BankQuery, in bank: Bank
  ) -> [Scored]
}

/// The rerankers by name.
public let rerankers: [Catalog<any Reranker>.Entry] = [
  .init("identity", "the retriever's own order") { _ in IdentityReranker() },
  .init(
    "recent", "relevance and the time since the last access together", source: "SCM, arXiv:2304.13343",
    defaults: RecentReranker.Settings()
  ) { settings, setup in
    try setup.path.demand(settings.halfLife > 0, "halfLife", settings.halfLife, "a time above 0")
    return RecentReranker(settings)
  },
  .init(
    "diverse", "relevant, and unlike what was chosen before", source: "MMR, Carbonell and Goldstein 1998",
    defaults: DiverseReranker.Settings()
  ) { settings, setup in
    DiverseReranker(weight: try checkShare(settings.weight, "weight", in: setup))
  },
  .init(
    "residual", "a residual layer that learns from citations; untrained it keeps the order",
    source: "RMM, arXiv:2503.08026", defaults: ResidualReranker.Settings()
  ) { settings, setup in
    try setup.path.demand(settings.temperature > 0, "temperature", settings.temperature, "a temperature above 0")
    return ResidualReranker(settings)
  },
  .init("importance", "rank, keywords and use together", source: "MemOS, arXiv:2507.03724") { _ in ImportanceReranker()
  },
]

/// The retriever's own order.
public struct IdentityReranker: Reranker {
  /// There is nothing to set.
  public init() {}

  public func select(_ count: Int, of candidates: [Scored], for query: BankQuery, in bank: Bank) -> [Scored] {
    Array(candidates.prefix(max(count, 0)))
  }
}

/// Relevance plus recency of the last access, both scaled to 0...1.
///
/// SCM's paper gives recency no formula; a half-life is ours.
public struct RecentReranker: Reranker {
  public struct Settings: Codable, Sendable {
    /// After this time recency is one half, in the stream's seconds or steps.
    public var halfLife = 20.0
    /// The weight of recency against relevance.
    public var weight = 0.5

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public func select(_ count: Int, of candidates: [Scored], for query: BankQuery, in bank: Bank) -> [Scored] {
    let most = max(candidates.map(\.score).max() ?? 0, .leastNormalMagnitude)
    return candidates.map { found in
      let age = max(query.time - (bank.entries[found.id]?.lastAccess ?? 0), 0)
      return Scored(found.id, found.score / most + settings.weight * exp2(-age / settings.halfLife))
    }.sorted { ($0.score, $0.id) > ($1.score, $1.id) }.prefix(max(count, 0)).map { $0 }
  }
}

/// Maximal marginal relevance: weight · relevance − (1 − weight) · likeness to what was chosen.
public struct DiverseReranker: Reranker {
  public struct Settings: Codable, Sendable {
    /// The weight of relevance, 0...1.
    public var weight = 0.7

    public init() {}
  }

  private let weight: Double

  /// - Parameter weight: 0...1.
  public init(weight: Double) { self.weight = weight }

  public func select(_ count: Int, of candidates: [Scored], for query: BankQuery, in bank: Bank) -> [Scored] {
    let most = max(candidates.map(\.score).max() ?? 0, .leastNormalMagnitude)
    var left = candidates
    var chosen: [Scored] = []
    while chosen.count < count, !left.isEmpty {
      let values = left.map { found in
        let alike = chosen.map { bank.cosine(found.id, $0.id) }.max() ?? 0
        return weight * found.score / most - (1 - weight) * alike
      }
      guard let best = values.indices.max(by: { (values[$0], left[$0].id) < (values[$1], left[$1].id) }) else { break }
      chosen.append(left.remove(at: best))
    }
    return chosen
  }
}

extension Bank {
  /// How alike two entries are; 0 without an embedder.
  func cosine(_ a: MemoryEntry.ID, _ b: MemoryEntry.ID) -> Double {
    guard let a = vectors?[a], let b = vectors?[b] else { return 0 }
    return Double(zip(a, b).reduce(Float(0)) { $0 + $1.0 * $1.1 })
  }
}

/// The importance of MemOS's hot list: 0.9 · rank + keywords and counts, which are capped at 0.25 and 0.10.
public struct ImportanceReranker: Reranker {
  /// There is nothing to set.
  public init() {}

  /// - Parameters:
  ///   - rank: 0...1, 1 is the best.
  ///   - keywords: the keywords that the question shares.
  ///   - count: how often it was used.
  public static func importance(rank: Double, keywords: Int, count: Int) -> Double {
    0.9 * rank + min(0.05 * Double(keywords), 5) * 0.05 + min(0.05 * Double(count), 2) * 0.05
  }

  public func select(_ count: Int, of candidates: [Scored], for query: BankQuery, in bank: Bank) -> [Scored] {
    let text = query.text.lowercased()
    return candidates.enumerated().map { place, found in
      let entry = bank.entries[found.id]
      let shared = entry?.content.keywords.count { text.contains($0.lowercased()) } ?? 0
      let rank = 1 - Double(place) / Double(max(candidates.count, 1))
      return Scored(found.id, Self.importance(rank: rank, keywords: shared, count: entry?.usage.accesses ?? 0))
    }.sorted { ($0.score, $0.id) > ($1.score, $1.id) }.prefix(max(count, 0)).map { $0 }
  }
}
