import Palimpsest

/// A memory bank of text: entries, the operations that made them, and which viewer may see which entry.
///
/// A value: a copy is a snapshot. The view (`entries`) changes by operations alone, through `write`. Every operation
/// that was done is a record of the log, and the view is a fold over the log (`Bank(replaying:)`).
///
/// Laws, checked over random operations: the fold of the log is the view · an archived entry that is restored is as
/// before · ids are unique and links never dangle · a frozen entry changes only by being unfrozen · searches return
/// active entries alone unless asked for retired ones · the budget holds after every write · a read as of a time
/// equals the fold up to then · indices match the entries · a merge keeps all sources · scopes hold for ids too · a
/// replay is equal to the bit · a purge leaves no byte in view, log, index and export.
///
/// Source: the data model that MemOS, A-MEM, MemoryBank, RMM and Memory-R1 have in common (docs/banks.md).
public struct Bank: Sendable {
  public let budget: BankBudget
  /// Every entry by id, retired ones and former versions included. For strategies and audits: it knows no scope.
  public private(set) var entries: [MemoryEntry.ID: MemoryEntry] = [:]
  /// Every operation that was done, in order.
  public internal(set) var log: [BankRecord] = []
  /// The latest time that the bank has seen.
  public internal(set) var clock = -Double.infinity
  /// An id that no entry has had.
  public internal(set) var freshID = 0
  /// Tokens of all entries.
  public private(set) var tokens = 0
  /// Which texts hold a word, for every entry of the view.
  public private(set) var terms = TermIndex()
  /// Vectors of every entry of the view; nil without an embedder.
  public private(set) var vectors: VectorIndex?

  private var kindTokens: [EntryContent.Kind: Int] = [:]
  /// Entries that may not be evicted by themselves: pinned, frozen, core.
  private(set) var guarded: Set<MemoryEntry.ID> = []
  /// Entries whose time will be over.
  private(set) var expiring: Set<MemoryEntry.ID> = []
  /// Entries that link to an entry.
  private var linkedFrom: [MemoryEntry.ID: Set<MemoryEntry.ID>] = [:]
  /// Entries that were merged from an entry.
  private var children: [MemoryEntry.ID: Set<MemoryEntry.ID>] = [:]
  /// Former versions of an entry.
  private var pasts: [MemoryEntry.ID: Set<MemoryEntry.ID>] = [:]

  /// An empty bank.
  ///
  /// - Parameter embedder: makes the vectors of the dense index; nil for a bank that is searched by words alone.
  public init(budget: BankBudget, embedder: (any Embedder)? = nil) {
    self.budget = budget
    vectors = embedder.map { VectorIndex($0) }
  }

  /// The present versions that a viewer may see, in the order of their ids.
  ///
  /// - Parameter includesRetired: entries that were merged, superseded, archived or have expired, and former versions.
  public func read(as viewer: BankViewer, at time: Double? = nil, includesRetired: Bool = false) -> [MemoryEntry] {
    let time = time ?? clock
    return entries.values.filter { entry in
      viewer.sees(entry.content.scope) && (includesRetired || entry.isRetrievable(at: time))
    }.sorted { $0.id < $1.id }
  }

  /// What the bank believed at a time, of what it still holds: former versions stand under the id of the present one.
  ///
  /// What was deleted or purged since then is gone from this answer too; the log has what was deleted.
  ///
  /// - Parameter validAt: only what is said to be true at this time of the world; nil for all.
  public func read(as viewer: BankViewer, asOf time: Double, validAt: Double? = nil) -> [MemoryEntry] {
    entries.values.filter { entry in
      viewer.sees(entry.content.scope) && entry.wasActive(at: time)
        && (validAt.map { entry.content.isValid(at: $0) } ?? true)
    }.sorted { ($0.known, $0.version) < ($1.known, $1.version) }
  }

  /// The entry of an id.
  ///
  /// - Throws: `BankRefusal.unknown` where there is none for this viewer.
  public func entry(_ id: MemoryEntry.ID, as viewer: BankViewer) throws(BankRefusal) -> MemoryEntry {
    guard let entry = entries[id], viewer.sees(entry.content.scope) else { throw .unknown(id) }
    return entry
  }

  /// Tokens of all entries of a kind.
  public func tokens(of kind: EntryContent.Kind) -> Int { kindTokens[kind, default: 0] }

  /// The entries that link to one.
  func linking(to id: MemoryEntry.ID) -> Set<MemoryEntry.ID> { linkedFrom[id] ?? [] }
  /// The entries that were merged from one.
  func children(of id: MemoryEntry.ID) -> Set<MemoryEntry.ID> { children[id] ?? [] }
  /// The former versions of an entry.
  func pasts(of id: MemoryEntry.ID) -> Set<MemoryEntry.ID> { pasts[id] ?? [] }

  /// Puts an entry into the view, in the place of what has its id, and keeps the indices.
  mutating func put(_ entry: MemoryEntry) {
    let old = entries.updateValue(entry, forKey: entry.id)
    freshID = max(freshID, entry.id + 1)
    tokens += entry.content.tokens - (old?.content.tokens ?? 0)
    if let old { kindTokens[old.content.kind, default: 0] -= old.content.tokens }
    kindTokens[entry.content.kind, default: 0] += entry.content.tokens
    if entry.isGuarded { guarded.insert(entry.id) } else { guarded.remove(entry.id) }
    if entry.content.expiresAt != nil { expiring.insert(entry.id) }
    if old?.links != entry.links {
      for link in old?.links ?? [] { linkedFrom[link.target]?.remove(entry.id) }
      for link in entry.links { linkedFrom[link.target, default: []].insert(entry.id) }
    }
    if old == nil {
      for parent in entry.parents { children[parent, default: []].insert(entry.id) }
      if let present = entry.pastOf { pasts[present, default: []].insert(entry.id) }
    }
    // Most changes leave the content as it is, which is told at once.
    if old?.content != entry.content, old?.content.indexed != entry.content.indexed {
      terms.put(entry.id, entry.content.indexed)
      vectors?.put(entry.id, entry.content.indexed)
    }
  }

  /// Takes an entry out of the view, with the links to it.
  mutating func remove(_ id: MemoryEntry.ID) {
    guard let old = entries.removeValue(forKey: id) else { return }
    tokens -= old.content.tokens
    kindTokens[old.content.kind, default: 0] -= old.content.tokens
    guarded.remove(id)
    expiring.remove(id)
    for link in old.links { linkedFrom[link.target]?.remove(id) }
    for parent in old.parents { children[parent]?.remove(id) }
    if children[id]?.isEmpty == true { children[id] = nil }
    if let present = old.pastOf { pasts[present]?.remove(id) }
    for other in linkedFrom.removeValue(forKey: id) ?? [] {
      guard var entry = entries[other] else { continue }
      entry.links.removeAll { $0.target == id }
      entries[other] = entry
    }
    terms.remove(id)
    vectors?.remove(id)
  }
}

extension MemoryEntry {
  /// Whether it stays whatever the budget says.
  var isGuarded: Bool { isPinned || isFrozen || content.kind == .core && state == .active && pastOf == nil }
}

extension EntryContent {
  /// Whether the text is said to be true at a time of the world.
  public func isValid(at time: Double) -> Bool {
    (validFrom.map { $0 <= time } ?? true) && (validUntil.map { time < $0 } ?? true)
  }
}

extension Bank: Equatable {
  /// Equal entries, clock and next id: what a fold over the log has to give.
  public static func == (a: Bank, b: Bank) -> Bool {
    a.entries == b.entries && a.clock == b.clock && a.freshID == b.freshID && a.budget == b.budget
  }
}
