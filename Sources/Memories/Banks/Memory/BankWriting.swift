import Palimpsest

/// One chunk on its way into a bank: the fixed order in which the strategies of a recipe work.
struct BankWriting {
  var bank: Bank
  let recipe: BankRecipe
  let observation: Observation
  let language: BankLanguage
  var random: SeededGenerator
  private(set) var outcome = BankOutcome()
  /// Why content was not admitted, by how often.
  private(set) var rejections: [String: Int] = [:]

  init(
    bank: Bank, recipe: BankRecipe, observation: Observation, language: BankLanguage, random: SeededGenerator
  ) {
    self.bank = bank
    self.recipe = recipe
    self.observation = observation
    self.language = language
    self.random = random
  }

  /// Extraction → admission → merge → linking → reflection → tiering; forgetting behind every write.
  mutating func run() async throws {
    let last = bank.clock.isFinite ? bank.clock : nil
    if recipe.rehearse > 0 {
      let query = BankQuery(observation.text, at: observation.time)
      let found = recipe.retriever.candidates(for: query, in: bank, count: recipe.rehearse)
      write(found.map { .touch($0.id, .access) }, by: "rehearsal")
    }
    for content in try await recipe.extraction.contents(
      of: observation, tokens: bank.budget.tokens, with: language)
    {
      try await take(content)
    }
    for reflection in recipe.reflections
    where reflection.trigger.fires(at: observation.chunk.index, time: observation.time, since: last) {
      write(
        try await reflection.operations(at: observation, since: last, in: bank, with: language), by: "reflection")
    }
    write(recipe.tiering.operations(in: bank, at: observation.time), by: "tiering")
  }

  private mutating func take(_ content: EntryContent) async throws {
    let near = near(content.indexed)
    if let reason = recipe.admission.rejection(of: content, near: near, in: bank) {
      rejections[reason, default: 0] += 1
      return
    }
    let operations = try await recipe.merging.operations(for: content, near: near, in: bank, with: language)
    for id in write(operations, by: "merge") {
      guard let entry = bank.entries[id], entry.state == .active else { continue }
      write(
        try await recipe.linking.operations(
          for: entry, near: self.near(entry.content.indexed).filter { $0.id != id }, in: bank, with: language),
        by: "linking")
    }
  }

  private func near(_ text: String) -> [Scored] {
    guard recipe.near > 0 else { return [] }
    let query = BankQuery(text, at: observation.time, as: observation.viewer)
    return bank.best(recipe.near + 1, of: bank.likeness(to: text), above: -.infinity, for: query)
  }

  /// - Returns: the entries that were made.
  @discardableResult
  private mutating func write(_ operations: [BankOperation], by strategy: String) -> [MemoryEntry.ID] {
    guard !operations.isEmpty || strategy == "tiering" else { return [] }
    // One writer, so nothing is stale.
    guard
      let done = try? bank.write(
        operations, as: observation.viewer, at: observation.time, because: strategy, forgetting: recipe.forgetting,
        random: &random)
    else { return [] }
    outcome += done
    return done.records.flatMap(\.made)
  }

  /// The edits that lead from the state to the bank, what gates may read, and the counts in words.
  func draft(from state: MemoryState) -> Draft {
    var draft = Draft(edits: edits(from: state))
    let malformed = language.malformed
    let asked = outcome.records.count + outcome.refusals.count
    draft.signals.update = draft.edits.isEmpty ? 0 : 1
    draft.signals.malformed = malformed.isEmpty ? 0 : 1
    draft.signals.readings["refused"] = asked == 0 ? 0 : Float(outcome.refusals.count) / Float(asked)
    draft.reason = counts(malformed: malformed)
    return draft
  }

  /// Erased slots first, then those that shrink, then those that grow or come: the budget holds after each edit, so
  /// that the state never evicts by itself.
  private func edits(from state: MemoryState) -> [Edit] {
    var old: [Slot.ID: Slot] = [:]
    for slot in state.slots { old[slot.id] = slot }
    let notes = notes()
    var erased: [Edit] = []
    var shrunk: [Edit] = []
    var grown: [Edit] = []
    for slot in state.slots where bank.entries[slot.id] == nil {
      erased.append(.erase(slot.id, because: notes[slot.id] ?? BankNote(.delete, [slot.id]).text))
    }
    for entry in bank.entries.values.sorted(by: { $0.id < $1.id }) {
      let slot = entry.slot
      guard old[slot.id] != slot else { continue }
      // An entry that only lost a link to one that left has no operation of its own.
      let edit = Edit.write(slot, because: notes[slot.id] ?? BankNote(.unlink, [slot.id]).text)
      if let before = old[slot.id], before.tokens >= slot.tokens { shrunk.append(edit) } else { grown.append(edit) }
    }
    return erased + shrunk + grown
  }

  /// The last operation that concerns each entry.
  private func notes() -> [Slot.ID: String] {
    var notes: [Slot.ID: String] = [:]
    for record in outcome.records where record.operation.kind != .noop {
      let note = BankNote(record).text
      for id in record.operation.targets + record.made { notes[id] = note }
      guard record.operation.kind == .purge else { continue }
      // A purge takes more than it names.
      for other in outcome.records {
        for id in other.made where bank.entries[id] == nil { notes[id] = notes[id] ?? note }
      }
    }
    return notes
  }

  private func counts(malformed: [String]) -> String? {
    var parts: [String] = []
    var done: [BankOperation.Kind: Int] = [:]
    for record in outcome.records { done[record.operation.kind, default: 0] += 1 }
    parts += BankOperation.Kind.allCases.compactMap { kind in done[kind].map { "\(kind.rawValue) \($0)" } }
    parts += rejections.sorted { $0.key < $1.key }.map { "rejected as \($0.key) \($0.value)" }
    parts += outcome.refusals.prefix(3).map { "refused \($0.operation.kind.rawValue): \($0.reason)" }
    parts += malformed.prefix(3).map { "malformed: \($0)" }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
