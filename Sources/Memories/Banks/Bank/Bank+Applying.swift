import Palimpsest

extension Bank {
  /// Does one operation or throws, without regard to the budget of the whole.
  ///
  /// - Returns: ids of the entries that it made.
  mutating func apply(
    _ operation: BankOperation, as viewer: BankViewer, at time: Double
  ) throws(BankRefusal) -> [MemoryEntry.ID] {
    guard time.isFinite else { throw .notFinite("the time") }
    guard time >= clock else { throw .clockWentBack(time, behind: clock) }
    let made = try change(operation, as: viewer, at: time)
    // A refused operation leaves no trace, not even its time.
    clock = time
    return made
  }

  private mutating func change(
    _ operation: BankOperation, as viewer: BankViewer, at time: Double
  ) throws(BankRefusal) -> [MemoryEntry.ID] {
    switch operation {
    case .noop: return []
    case .add(let content):
      try check(content, as: viewer)
      return [make(content, at: time)]
    case .revise(let id, let patch):
      return try revise(id, patch, as: viewer, at: time)
    case .merge(let ids, let content):
      return try merge(ids, content, as: viewer, at: time)
    case .supersede(let id, let content):
      return try supersede(id, content, as: viewer, at: time)
    case .archive(let id), .expire(let id):
      var entry = try active(id, as: viewer)
      entry.state = operation.kind == .archive ? .archived : .expired
      entry.retiredAt = time
      put(entry)
    case .restore(let id):
      var entry = try changeable(id, as: viewer)
      guard entry.state == .archived || entry.state == .expired else { throw .inState(id, entry.state) }
      try reactivate(&entry, at: time)
      put(entry)
    case .delete(let id):
      guard viewer.rights.contains(.delete) else { throw .noRight(.delete, of: viewer.name) }
      _ = try removable(try entry(id, as: viewer))
      remove(id)
    case .purge(let id):
      try purge(id, as: viewer, at: time)
    case .link(let id, let link):
      try self.link(id, link, as: viewer)
    case .unlink(let id, let kind, let other):
      var entry = try changeable(id, as: viewer)
      guard let place = entry.links.firstIndex(where: { $0.kind == kind && $0.target == other }) else {
        throw .unknown(other)
      }
      entry.links.remove(at: place)
      put(entry)
    case .touch(let id, let signal):
      var entry = try active(id, as: viewer)
      entry.usage.count(signal)
      entry.lastAccess = time
      put(entry)
    case .pin(let id, let isPinned):
      try protect(id, as: viewer) { $0.isPinned = isPinned }
    case .freeze(let id, let isFrozen):
      try protect(id, as: viewer, evenFrozen: true) { $0.isFrozen = isFrozen }
    case .place(let id, let tier):
      var entry = try active(id, as: viewer)
      entry.tier = tier
      put(entry)
    }
    return []
  }

  private mutating func make(
    _ content: EntryContent, at time: Double, parents: [MemoryEntry.ID] = [], links: [MemoryEntry.Link] = []
  ) -> MemoryEntry.ID {
    var content = content
    content.sources = Set(content.sources).sorted().limited
    var entry = MemoryEntry(id: freshID, content: content, at: time, parents: parents)
    entry.links = links
    put(entry)
    return entry.id
  }

  private mutating func revise(
    _ id: MemoryEntry.ID, _ patch: EntryPatch, as viewer: BankViewer, at time: Double
  ) throws(BankRefusal) -> [MemoryEntry.ID] {
    var entry = try active(id, as: viewer)
    var content = entry.content.applying(patch)
    content.sources = content.sources.limited
    try check(content, as: viewer, inPlaceOf: entry)
    // What it said before stays readable, under an id of its own. What was said at this very time never was to be read.
    var made: [MemoryEntry.ID] = []
    if entry.recordedAt < time {
      var past = MemoryEntry(id: freshID, content: entry.content, at: entry.recordedAt)
      past.version = entry.version
      past.pastOf = id
      past.gaps = entry.gaps
      past.retiredAt = time
      past.state = .superseded
      put(past)
      made = [past.id]
    }
    entry.content = content
    entry.version += 1
    entry.recordedAt = time
    entry.gaps = []
    put(entry)
    return made
  }

  private mutating func merge(
    _ ids: [MemoryEntry.ID], _ content: EntryContent, as viewer: BankViewer, at time: Double
  ) throws(BankRefusal) -> [MemoryEntry.ID] {
    let ids = Set(ids).sorted()
    guard let first = ids.first else { throw .noSource }
    guard ids.count <= MemoryEntry.Limit.parents else {
      throw .tooLarge("the list of parents", ids.count, limit: MemoryEntry.Limit.parents)
    }
    var parents: [MemoryEntry] = []
    for id in ids { parents.append(try active(id, as: viewer)) }
    var content = content
    content.sources = parents.reduce(content.sources) { $0.united(with: $1.content.sources) }
    // What is made of an entry that not everyone sees may not be seen by more.
    let scopes = Set(parents.map(\.content.scope)).filter { $0.visibility != .shared }
    guard scopes.count <= 1 else { throw .unknown(first) }
    if let scope = scopes.first { content.scope = scope }
    try check(content, as: viewer)
    for var parent in parents {
      parent.state = .merged
      parent.retiredAt = time
      put(parent)
    }
    return [make(content, at: time, parents: ids)]
  }

  private mutating func supersede(
    _ id: MemoryEntry.ID, _ content: EntryContent, as viewer: BankViewer, at time: Double
  ) throws(BankRefusal) -> [MemoryEntry.ID] {
    var old = try active(id, as: viewer)
    var content = content
    if old.content.scope.visibility != .shared { content.scope = old.content.scope }
    try check(content, as: viewer)
    old.state = .superseded
    old.retiredAt = time
    if old.content.validUntil == nil { old.content.validUntil = content.validFrom }
    put(old)
    return [make(content, at: time, links: [MemoryEntry.Link(.supersedes, to: id)])]
  }

  private mutating func link(
    _ id: MemoryEntry.ID, _ link: MemoryEntry.Link, as viewer: BankViewer
  ) throws(BankRefusal) {
    var entry = try changeable(id, as: viewer)
    let target = try self.entry(link.target, as: viewer)
    guard target.pastOf == nil else { throw .past(link.target) }
    guard link.target != id else { throw .inState(id, entry.state) }
    guard (0...1).contains(link.weight) else { throw .notFinite("the weight of a link") }
    entry.links.removeAll { $0.kind == link.kind && $0.target == link.target }
    guard entry.links.count < MemoryEntry.Limit.links else {
      throw .tooLarge("the list of links of entry \(id)", entry.links.count + 1, limit: MemoryEntry.Limit.links)
    }
    entry.links.append(link)
    try fits(entry)
    put(entry)
  }

  private mutating func protect(
    _ id: MemoryEntry.ID, as viewer: BankViewer, evenFrozen: Bool = false, _ change: (inout MemoryEntry) -> Void
  ) throws(BankRefusal) {
    var changed = try self.entry(id, as: viewer)
    guard changed.pastOf == nil else { throw .past(id) }
    guard evenFrozen || !changed.isFrozen else { throw .frozen(id) }
    change(&changed)
    let kept = protected(with: changed)
    guard kept.tokens <= budget.tokens, kept.entries <= budget.entries else {
      throw .overBudget(tokens: kept.tokens, entries: kept.entries)
    }
    if let limit = budget.kinds[changed.content.kind], kept.tokensOfKind > limit {
      throw .overBudget(tokens: kept.tokensOfKind, entries: kept.entries)
    }
    put(changed)
  }

  /// An entry that may be changed by this viewer.
  private func changeable(_ id: MemoryEntry.ID, as viewer: BankViewer) throws(BankRefusal) -> MemoryEntry {
    let entry = try self.entry(id, as: viewer)
    guard entry.pastOf == nil else { throw .past(id) }
    guard !entry.isFrozen else { throw .frozen(id) }
    return entry
  }

  private func active(_ id: MemoryEntry.ID, as viewer: BankViewer) throws(BankRefusal) -> MemoryEntry {
    let entry = try changeable(id, as: viewer)
    guard entry.state == .active else { throw .inState(id, entry.state) }
    return entry
  }

  /// An entry that may be taken out of the view.
  func removable(_ entry: MemoryEntry) throws(BankRefusal) -> MemoryEntry {
    guard !entry.isFrozen else { throw .frozen(entry.id) }
    guard !linking(to: entry.id).contains(where: { entries[$0]?.isFrozen == true }) else { throw .held(entry.id) }
    return entry
  }

  func reactivate(_ entry: inout MemoryEntry, at time: Double) throws(BankRefusal) {
    guard entry.gaps.count < MemoryEntry.Limit.gaps else {
      throw .tooLarge(
        "the list of retirements of entry \(entry.id)", entry.gaps.count + 1, limit: MemoryEntry.Limit.gaps)
    }
    if let from = entry.retiredAt, from < time { entry.gaps.append([from, time]) }
    entry.retiredAt = nil
    entry.state = .active
  }
}

extension MemoryEntry.Usage {
  mutating func count(_ signal: BankOperation.Signal) {
    switch signal {
    case .access:
      accesses += 1
      strength += 1
    case .cited: cited += 1
    case .uncited: uncited += 1
    }
  }
}

extension [EntrySource] {
  /// Each chunk once for each of its speakers. Speakers are named for the first sources only; the chunks of all are kept.
  var limited: [EntrySource] {
    let named = filter { $0.speaker != nil }.sorted().prefix(MemoryEntry.Limit.speakers)
    let chunks = Set(named.map(\.chunk))
    return (named + Set(map(\.chunk)).subtracting(chunks).map { EntrySource($0) }).sorted()
  }
}
