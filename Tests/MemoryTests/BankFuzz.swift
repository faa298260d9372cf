import MemoryBanks
import Palimpsest

/// Random operations on a bank, and the laws of the specification (L1 to L12) checked along the way.
struct BankFuzz {
  var random: SeededGenerator
  var bank: Bank
  let embedder = LexicalEmbedder(width: 32)
  /// What breaks a law.
  var faults: [String] = []
  var operations = 0
  var kinds: [BankOperation.Kind: Int] = [:]
  var refused: [BankOperation.Kind: Int] = [:]

  private var time = 0.0
  private var words = 0
  private var made: Set<Int> = []
  private var purged: Set<String> = []
  /// What was active at a time: text by id and version.
  private var snapshots: [(time: Double, active: [Version: String])] = []

  struct Version: Hashable {
    var id: Int
    var version: Int
  }

  static let viewers = [
    BankViewer("all", rights: [.delete, .purge]),
    BankViewer("anna", owner: "anna", session: "s1", rights: [.delete, .purge]),
    BankViewer("ben", owner: "ben"),
  ]

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed, purpose: "bank.fuzz")
    let budgets = [
      BankBudget(tokens: 60, entries: 24, high: 0.95, low: 0.7), BankBudget(tokens: 1 << 20, entries: 30),
      BankBudget(tokens: 40, kinds: [.core: 12, .fact: 20]), BankBudget(tokens: 120, high: 0.9, low: 0.5),
    ]
    bank = Bank(budget: budgets[Int(seed % 4)], embedder: embedder)
  }

  mutating func run(_ count: Int) {
    for _ in 0..<count { step() }
    finish()
  }

  private mutating func fault(_ law: String, _ detail: String = "") {
    if faults.count < 20 { faults.append("\(law) after \(operations) operations \(detail)") }
  }

  private mutating func draw(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
  private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

  private mutating func content(of parents: [Int] = []) -> EntryContent {
    words += 1
    let body = (parents.compactMap { bank.entries[$0]?.content.body } + ["marker\(words)x"]).joined(separator: " ")
    let kind: EntryContent.Kind = [.fact, .fact, .event, .turn, .core, .note][draw(0..<6)]
    var content = EntryContent(
      kind, body, tokens: body.split(separator: " ").count)
    content.sources = [EntrySource(draw(0..<40), speaker: chance(0.3) ? "s\(draw(0..<3))" : nil)]
    if chance(0.2) { content.expiresAt = time + Double(draw(0..<20)) }
    if chance(0.1) { content.key = String(repeating: "k", count: draw(0..<6000)) }
    if chance(0.3) { content.tags = ["t\(draw(0..<5))"] }
    if chance(0.05) { content.sources = [] }
    if chance(0.05) { content.confidence = .nan }
    let owner = ["anna", "ben"][draw(0..<2)]
    if chance(0.3) {
      content.scope = EntryScope(owner: owner, session: "s1", visibility: chance(0.5) ? .owner : .session)
    }
    return content
  }

  private mutating func id() -> Int {
    guard !bank.entries.isEmpty, chance(0.95) else { return draw(0..<(bank.freshID + 3)) }
    return bank.entries.keys.sorted()[draw(0..<bank.entries.count)]
  }

  private mutating func operation() -> BankOperation {
    switch draw(0..<24) {
    case 0...5: return .add(content())
    case 6, 7:
      let body = content()
      return .revise(id(), EntryPatch(text: .init(body.body, tokens: body.tokens), sources: body.sources))
    case 8:
      let ids = (0..<draw(1..<4)).map { _ in id() }
      return .merge(ids, content(of: ids))
    case 9: return .supersede(id(), content())
    case 10: return .archive(id())
    case 11, 12: return .restore(id())
    case 13: return .expire(id())
    case 14: return .delete(id())
    case 15: return chance(0.5) ? .purge(id()) : .noop
    case 16, 17: return .link(id(), MemoryEntry.Link([.related, .supports][draw(0..<2)], to: id(), weight: 0.5))
    case 18: return .unlink(id(), .related, id())
    case 19, 20: return .touch(id(), [.access, .cited, .uncited][draw(0..<3)])
    case 21: return .pin(id(), chance(0.4))
    case 22: return .freeze(id(), chance(0.4))
    default: return .place(id(), [.text, .cold][draw(0..<2)])
    }
  }

  private mutating func step() {
    operations += 1
    let viewer = Self.viewers[[0, 0, 0, 1, 2][draw(0..<5)]]
    let operation = operation()
    kinds[operation.kind, default: 0] += 1
    if chance(0.3) { time += 1 }
    let before = bank.entries
    let (known, clock) = (bank.log.count, bank.clock)
    let doomed = operation.kind == .purge ? markers(of: operation.targets) : []
    var at = time
    if chance(0.01), bank.clock.isFinite { at = bank.clock - 1 }
    let outcome: BankOutcome
    do {
      outcome = try bank.write([operation], as: viewer, at: at, because: "fuzz", random: &random, knowing: known)
    } catch {
      return fault("a writer that knows the log is not stale")
    }
    let isDone = outcome.refusals.isEmpty
    if !isDone { refused[operation.kind, default: 0] += 1 }
    if let reason = outcome.refusals.first?.reason, case .clockWentBack = reason,
      bank.entries != before || bank.clock != clock
    {
      fault("a clock that goes back changes nothing")
    }

    // L3: ids and links.
    for id in outcome.records.flatMap(\.made) where !made.insert(id).inserted {
      fault("L3 an id is used twice", "\(id)")
    }
    for entry in bank.entries.values {
      if entry.id >= bank.freshID { fault("L3 the next id is in use") }
      if entry.links.contains(where: { bank.entries[$0.target] == nil }) {
        fault("L3 a link dangles", "from \(entry.id)")
      }
    }
    // L4: what was frozen is as it was.
    for entry in before.values where entry.isFrozen {
      if case .freeze(entry.id, false) = operation { continue }
      if bank.entries[entry.id] != entry { fault("L4 a frozen entry changed", "\(operation.kind) \(entry.id)") }
    }
    // L5 and L10: what a viewer sees.
    for viewer in Self.viewers {
      for entry in bank.read(as: viewer) where entry.state != .active || !viewer.sees(entry.content.scope) {
        fault("L5, L10 a search returns what it may not")
      }
    }
    // L6: the budget.
    let tokens = bank.entries.values.reduce(0) { $0 + $1.content.tokens }
    if tokens != bank.tokens || tokens > bank.budget.tokens || bank.entries.count > bank.budget.entries {
      fault("L6 the budget", "\(tokens) tokens counted as \(bank.tokens), \(bank.entries.count) entries")
    }
    for (kind, limit) in bank.budget.kinds where bank.tokens(of: kind) > limit { fault("L6 the budget of a kind") }
    // L9: sources.
    if isDone, case .merge(let ids, _) = operation, let id = outcome.records.first?.made.first,
      let entry = bank.entries[id]
    {
      let wanted = Set(ids.flatMap { before[$0]?.content.sources.map(\.chunk) ?? [] })
      if !wanted.isSubset(of: Set(entry.content.sources.map(\.chunk))) { fault("L9 a merge lost a source") }
    }
    // L10: an entry out of scope does not exist.
    switch outcome.refusals.first?.reason {
    case .frozen(let id), .inState(let id, _), .past(let id), .held(let id):
      if let entry = before[id], !viewer.sees(entry.content.scope) {
        fault("L10 a refusal tells of an entry out of scope", "\(operation.kind)")
      }
    default: break
    }
    if isDone, operation.targets.contains(where: { before[$0].map { !viewer.sees($0.content.scope) } ?? false }) {
      fault("L10 an operation reached out of scope", "\(operation.kind)")
    }
    if isDone, operation.kind == .purge { purged.formUnion(doomed) }
    if chance(0.02) { checkRestore() }
    if chance(0.03) { snapshot() }
  }

  /// The words that a purge of these entries has to take away: their own, and those of their former versions.
  private func markers(of ids: [Int]) -> Set<String> {
    Set(
      bank.entries.values.filter { ids.contains($0.known) && $0.pastOf == nil || ids.contains($0.pastOf ?? -1) }
        .flatMap { $0.content.body.split(separator: " ").map(String.init) })
  }

  private mutating func snapshot() {
    time += 1
    do {
      try bank.write([.noop], as: Self.viewers[0], at: time, because: "snapshot", random: &random)
    } catch { fault("a write without a known log is stale") }
    var active: [Version: String] = [:]
    for entry in bank.read(as: Self.viewers[0]) {
      active[Version(id: entry.id, version: entry.version)] = entry.content.body
    }
    snapshots.append((time, active))
    time += 1
  }

  /// L2, on a copy.
  private mutating func checkRestore() {
    guard let entry = bank.read(as: Self.viewers[0]).first(where: { !$0.isFrozen }) else { return }
    var copy = bank
    do {
      try copy.write([.archive(entry.id)], as: Self.viewers[0], at: time + 1, because: "", random: &random)
      guard copy.entries[entry.id]?.state == .archived else { return }
      try copy.write([.restore(entry.id)], as: Self.viewers[0], at: time + 2, because: "", random: &random)
    } catch { fault("L2 a write is stale") }
    guard var back = copy.entries[entry.id], back.state == .active else { return }
    if back.content.expiresAt.map({ $0 <= time + 2 }) == true { return }
    back.gaps = entry.gaps
    if back != entry { fault("L2 a restored entry differs") }
  }

  private mutating func finish() {
    // L1 and L11: the fold of the log, here and behind a file.
    do {
      let folded = try Bank(replaying: bank.log, budget: bank.budget)
      if folded != bank || folded.digest != bank.digest || folded.log != bank.log {
        fault("L1 the fold is not the view")
      }
      let text = bank.jsonLines
      let read = try Bank(jsonLines: text)
      if read != bank || read.jsonLines != text { fault("L11 an export is not read back") }
      // L12: no byte of what was purged.
      let words = Set(text.split { !$0.isLetter && !$0.isNumber }.map(String.init))
      for word in purged where words.contains(word) { fault("L12 a purged text is in the log", word) }
    } catch { fault("L1 the log is refused", "\(error)") }
    let held = Set(bank.entries.values.flatMap { $0.content.body.split(separator: " ").map(String.init) })
    for word in purged {
      if held.contains(word) { fault("L12 a purged text is in the view", word) }
      if !bank.terms.scores(for: word).isEmpty { fault("L12 a purged text is in the index", word) }
    }
    // L7: as of a time.
    for snapshot in snapshots {
      var active: [Version: String] = [:]
      for entry in bank.read(as: Self.viewers[0], asOf: snapshot.time) {
        active[Version(id: entry.known, version: entry.version)] = entry.content.body
      }
      let versions = Set(bank.entries.values.map { Version(id: $0.known, version: $0.version) })
      if active != snapshot.active.filter({ versions.contains($0.key) }) {
        let was = snapshot.active.filter { versions.contains($0.key) }
        let odd =
          was.filter { active[$0.key] != $0.value }.keys.map { $0 } + active.filter { was[$0.key] != $0.value }.keys
        fault("L7 a read as of \(snapshot.time) differs", "\(odd.compactMap { bank.entries[$0.id] })")
      }
    }
    // L8: the indices.
    guard let vectors = bank.vectors, vectors.count == bank.entries.count, bank.terms.count == bank.entries.count else {
      return fault("L8 an index has other entries")
    }
    for entry in bank.entries.values {
      if vectors[entry.id] != embedder.passage(entry.content.indexed) { fault("L8 a row lags behind", "\(entry.id)") }
      if MemoryEntry(entry.slot) != entry { fault("an entry does not survive as a slot", "\(entry.id)") }
      if entry.slot.attributes.bytes > Attributes.limit { fault("an entry's attributes exceed their bound") }
    }
  }
}
