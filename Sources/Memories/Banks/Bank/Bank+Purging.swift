import Palimpsest

extension Bank {
  /// Takes an entry out of the view, the indices and the log, with all that says the same: its former versions, what
  /// it was merged from, and what was merged from any of these.
  ///
  /// Entries that were merged with it, and say something else, become active again.
  mutating func purge(_ id: MemoryEntry.ID, as viewer: BankViewer, at time: Double) throws(BankRefusal) {
    guard viewer.rights.contains(.purge) else { throw .noRight(.purge, of: viewer.name) }
    if let entry = entries[id] {
      guard viewer.sees(entry.content.scope) else { throw .unknown(id) }
      guard entry.pastOf == nil else { throw .past(id) }
    } else {
      // It left the view long ago; the log still has it. Its scope is gone, so only those who see all may ask.
      guard viewer.owner == nil, log.contains(where: { $0.made.contains(id) }) else { throw .unknown(id) }
    }
    let lineage = Lineage(of: self)
    let upwards = lineage.closure(of: [id], along: lineage.parents)
    let all = lineage.closure(of: upwards, along: lineage.children)
    let versions = Set(all.flatMap { pasts(of: $0) })
    for id in all.union(versions).sorted() {
      guard let entry = entries[id] else { continue }
      guard viewer.sees(entry.content.scope) else { throw .unknown(id) }
      _ = try removable(entry)
    }
    let others = Set(all.subtracting(upwards).flatMap { lineage.parents[$0] ?? [] }).subtracting(all)
    var back: [MemoryEntry] = []
    for other in others.sorted() {
      guard var entry = entries[other], entry.state == .merged, !entry.isFrozen else { continue }
      try reactivate(&entry, at: time)
      back.append(entry)
    }
    // Nothing throws from here on, so a purge is done whole or not at all.
    for entry in back { put(entry) }
    for id in all.union(versions).sorted() { remove(id) }
    log = log.map { $0.redacted(where: all.contains) }
  }

  /// Which entry was merged from which, in the view and in the log.
  private struct Lineage {
    var parents: [MemoryEntry.ID: Set<MemoryEntry.ID>] = [:]
    var children: [MemoryEntry.ID: Set<MemoryEntry.ID>] = [:]

    init(of bank: Bank) {
      for entry in bank.entries.values { add(entry.id, from: entry.parents) }
      for record in bank.log {
        if case .merge(let ids, _) = record.operation, let made = record.made.first { add(made, from: ids) }
      }
    }

    private mutating func add(_ id: MemoryEntry.ID, from ids: [MemoryEntry.ID]) {
      for parent in ids {
        parents[id, default: []].insert(parent)
        children[parent, default: []].insert(id)
      }
    }

    func closure(
      of ids: Set<MemoryEntry.ID>, along edges: [MemoryEntry.ID: Set<MemoryEntry.ID>]
    ) -> Set<MemoryEntry.ID> {
      var found = ids
      var open = Array(ids)
      while let id = open.popLast() {
        for next in edges[id] ?? [] where found.insert(next).inserted { open.append(next) }
      }
      return found
    }
  }
}

extension BankRecord {
  /// The record without a byte of the content of these entries.
  func redacted(where isPurged: (MemoryEntry.ID) -> Bool) -> BankRecord {
    guard !isRedacted else { return self }
    let said: MemoryEntry.ID? =
      switch operation {
      case .add, .merge, .supersede: made.first
      case .revise(let id, _): id
      default: nil
      }
    guard let said, isPurged(said) else { return self }
    var record = self
    record.operation = operation.redacted
    record.cause = ""
    record.isRedacted = true
    return record
  }
}
