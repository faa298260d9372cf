import Palimpsest

extension Bank {
  /// What stays whatever the budget says, if an entry were as given.
  struct Protected {
    var tokens = 0
    var entries = 0
    /// Tokens of the kind of the given entry.
    var tokensOfKind = 0
  }

  func protected(with changed: MemoryEntry? = nil, kind: EntryContent.Kind? = nil) -> Protected {
    var ids = guarded
    if let changed { if changed.isGuarded { ids.insert(changed.id) } else { ids.remove(changed.id) } }
    func entry(_ id: MemoryEntry.ID) -> MemoryEntry? { id == changed?.id ? changed : entries[id] }
    // A frozen entry holds what it links to.
    for id in ids {
      guard let holder = entry(id), holder.isFrozen else { continue }
      ids.formUnion(holder.links.map(\.target))
    }
    var kept = Protected()
    for id in ids {
      guard let entry = entry(id) else { continue }
      kept.tokens += entry.content.tokens
      kept.entries += 1
      if entry.content.kind == (kind ?? changed?.content.kind) { kept.tokensOfKind += entry.content.tokens }
    }
    return kept
  }

  /// - Parameter old: the entry whose content it replaces; nil for a new one.
  /// - Throws: `BankRefusal` for content that no entry may have, or that cannot fit beside what is protected.
  func check(
    _ content: EntryContent, as viewer: BankViewer, inPlaceOf old: MemoryEntry? = nil
  ) throws(BankRefusal) {
    guard !content.sources.isEmpty, content.sources.allSatisfy({ $0.chunk >= 0 }) else { throw .noSource }
    // Nobody writes into a scope that he does not see.
    guard viewer.sees(content.scope) else { throw .unknown(old?.id ?? freshID) }
    for time in [content.validFrom, content.validUntil, content.expiresAt] {
      if let time, !time.isFinite { throw .notFinite("a time of the entry") }
    }
    guard (0...1).contains(content.confidence), (0...1).contains(content.trust) else {
      throw .notFinite("confidence or trust")
    }
    guard content.tokens >= 0 else { throw .notFinite("the number of tokens") }
    var entry = old ?? MemoryEntry(id: freshID, content: content, at: 0)
    entry.content = content
    try fits(entry)

    var kept = protected(kind: content.kind)
    if let old, guarded.contains(old.id) {
      kept.tokens -= old.content.tokens
      kept.entries -= 1
      if old.content.kind == content.kind { kept.tokensOfKind -= old.content.tokens }
    }
    guard kept.tokens + content.tokens <= budget.tokens, kept.entries < budget.entries else {
      throw .overBudget(tokens: kept.tokens, entries: kept.entries)
    }
    if let limit = budget.kinds[content.kind], kept.tokensOfKind + content.tokens > limit {
      throw .overBudget(tokens: kept.tokensOfKind, entries: kept.entries)
    }
  }

  /// - Throws: `BankRefusal.tooLarge` where the parts besides the text would not fit the attributes of a slot.
  func fits(_ entry: MemoryEntry) throws(BankRefusal) {
    let size = entry.attributeBound
    guard size <= Attributes.limit else {
      throw .tooLarge("the entry besides its text", size, limit: Attributes.limit)
    }
  }
}
