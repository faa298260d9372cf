import Palimpsest

/// A search in a bank: its words, its viewer and its time.
public struct BankQuery: Sendable, Hashable {
  public var text: String
  public var time: Double
  public var viewer: BankViewer
  /// Only entries of these kinds; nil for all.
  public var kinds: Set<EntryContent.Kind>?
  /// What the bank believed at this time, instead of now.
  public var asOf: Double?

  /// Without a viewer everything is seen.
  public init(
    _ text: String, at time: Double, as viewer: BankViewer = .administrator, kinds: Set<EntryContent.Kind>? = nil,
    asOf: Double? = nil
  ) {
    self.text = text
    self.time = time
    self.viewer = viewer
    self.kinds = kinds
    self.asOf = asOf
  }
}

/// An entry that was found, and how well it fits.
public struct Scored: Sendable, Hashable {
  public var id: MemoryEntry.ID
  public var score: Double

  /// - Parameter score: larger is better; its scale is the retriever's own.
  public init(_ id: MemoryEntry.ID, _ score: Double) {
    self.id = id
    self.score = score
  }
}

extension Bank {
  /// Ids of the entries that a query may find. Scope and state are decided here, before any ranking.
  public func pool(for query: BankQuery) -> Set<MemoryEntry.ID> {
    let found =
      query.asOf.map { read(as: query.viewer, asOf: $0) } ?? read(as: query.viewer, at: max(query.time, clock))
    return Set(found.lazy.filter { query.kinds?.contains($0.content.kind) ?? true }.map(\.id))
  }

  /// The best of scored entries above a score: by score, the newer one first where scores are equal.
  func best(
    _ count: Int, of scores: [MemoryEntry.ID: Double], above least: Double = 0, for query: BankQuery
  ) -> [Scored] {
    let pool = pool(for: query)
    return Array(
      scores.filter { pool.contains($0.key) && $0.value > least }.map { Scored($0.key, $0.value) }
        .sorted { ($0.score, $0.id) > ($1.score, $1.id) }.prefix(max(count, 0)))
  }

  /// Cosines of a question with every entry; empty without an embedder.
  func cosines(for text: String) -> [MemoryEntry.ID: Double] {
    guard let vectors else { return [:] }
    return vectors.scores(for: vectors.embedder.query(text) { Float(terms.rarity(of: $0)) })
  }

  /// Cosines of a text with every entry, both as passages: how alike two entries are.
  func likeness(to text: String) -> [MemoryEntry.ID: Double] {
    guard let vectors else { return [:] }
    return vectors.scores(for: vectors.embedder.passage(text))
  }
}
