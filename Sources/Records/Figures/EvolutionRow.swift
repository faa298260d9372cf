import Palimpsest

/// A chunk, or neighbouring chunks that are drawn as one.
struct EvolutionRow: Sendable {
  enum Stems: Int, Sendable { case nowhere, later, fromEvidence }

  /// The content of a slot after the row.
  struct Version: Sendable {
    var id: Slot.ID
    /// The content of the slot before the row; nil for a new slot.
    var before: String?
    var after: Slot
    var stems: Stems
    var writes = 1
  }

  struct Lost: Sendable {
    var id: Slot.ID
    var text: String
    var why: String
  }

  var first, last: Int
  /// Chunks with evidence among them.
  var evidence: Int
  /// Chunks that changed something.
  var updates: Int
  var lowestGate, highestGate: Float
  var exit: Bool
  var tokens: Int
  var malformed: Int
  var versions: [Version] = []
  var lost: [Lost] = []
  var refused: [Lost] = []

  init(_ step: Step, isEvidence: Bool) {
    first = step.chunk.index
    last = first
    evidence = isEvidence ? 1 : 0
    updates = step.changes.contains(where: \.isEffective) ? 1 : 0
    lowestGate = step.decision.write
    highestGate = step.decision.write
    exit = step.decision.exit
    tokens = step.after.tokens
    malformed = step.draft.signals.isMalformed ? 1 : 0
  }

  var count: Int { last - first + 1 }
  var isEvidence: Bool { evidence > 0 }
  var isIdle: Bool { versions.isEmpty && lost.isEmpty && refused.isEmpty }

  mutating func write(_ slot: Slot, over old: Slot?, stems: Stems) {
    if let index = versions.firstIndex(where: { $0.id == slot.id }) {
      versions[index].after = slot
      versions[index].writes += 1
      versions[index].stems = max(versions[index].stems, stems)
    } else {
      versions.append(Version(id: slot.id, before: old.map { $0.text ?? "" }, after: slot, stems: stems))
    }
  }

  mutating func lose(_ slot: Slot, _ why: String) {
    versions.removeAll { $0.id == slot.id }
    lost.append(Lost(id: slot.id, text: slot.text ?? "", why: why))
  }

  /// Merges the next row into this one.
  mutating func merge(_ next: EvolutionRow) {
    last = next.last
    evidence += next.evidence
    updates += next.updates
    lowestGate = min(lowestGate, next.lowestGate)
    highestGate = max(highestGate, next.highestGate)
    exit = exit || next.exit
    tokens = next.tokens
    malformed += next.malformed
    for loss in next.lost { versions.removeAll { $0.id == loss.id } }
    for version in next.versions {
      if let index = versions.firstIndex(where: { $0.id == version.id }) {
        versions[index].after = version.after
        versions[index].writes += version.writes
        versions[index].stems = max(versions[index].stems, version.stems)
      } else {
        versions.append(version)
      }
    }
    // Losses of many chunks are counted; a few are kept to be shown.
    lost = Array((lost + next.lost).suffix(12))
    refused = Array((refused + next.refused).suffix(12))
  }

  /// How much would be lost to a reader if this row were drawn with its neighbour.
  private var weight: Int {
    (isEvidence ? 1000 : 0) + (exit ? 4000 : 0) + (isIdle ? 0 : 4) + min(count, 64)
  }

  /// Neighbours merged, the least informative pairs first, until at most `limit` rows are left.
  static func folded(_ rows: [EvolutionRow], to limit: Int) -> [EvolutionRow] {
    var rows = rows
    while rows.count > limit {
      // The first and the last row stay by themselves: they are looked for.
      var best = 1
      var least = Int.max
      for index in 1..<max(2, rows.count - 2) {
        let cost = rows[index].weight + rows[index + 1].weight
        if cost < least { (best, least) = (index, cost) }
      }
      rows[best].merge(rows.remove(at: best + 1))
    }
    return rows
  }
}

extension EvolutionRow.Stems: Comparable {
  static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
