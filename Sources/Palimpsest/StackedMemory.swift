/// Two memories as one: both draft from every chunk, both are recalled, each within its own budget.
///
/// Their memory states are shown as one. The slots of the first have even ids, those of the second odd
/// ids, and their policy states stay separate, so each half can be restored from the whole: all state is
/// still one memory state, and a stopped reading resumes from it.
///
/// Signals are the larger of both, `exit` the smaller: reading continues while one half needs it. Where
/// the halves disagree about `update`, each is written in proportion to its own signal. The calls of the
/// second half are numbered behind those of the first.
public struct StackedMemory: Memory {
  /// Both memory states shown as one.
  public var state: MemoryState
  private let first: any Memory
  private let second: any Memory

  /// Both keep their own budgets.
  public init(_ first: any Memory, _ second: any Memory) {
    self.first = first
    self.second = second
    state = MemoryState(stacking: first.state, second.state)
  }

  /// What either half needs.
  public var needs: Set<Capability> { first.needs.union(second.needs) }
  /// The kinds of chunks that both halves read.
  public var reads: Set<Chunk.Kind> { first.reads.intersection(second.reads) }
  /// Those of both halves, each once.
  public var prompts: [PromptTemplate] {
    first.prompts + second.prompts.filter { !first.prompts.contains($0) }
  }

  /// Drafts of both halves, with the calls of both.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let a = try await half(.first).draft(from: chunk, for: question, with: caller.half(.first))
    let b = try await half(.second).draft(from: chunk, for: question, with: caller.half(.second))
    let reasons = [a.reason, b.reason].compactMap(\.self)
    return Draft(
      edits: a.edits.map { $0.stacked(.first) } + b.edits.map { $0.stacked(.second) },
      signals: Signals(stacking: a.signals, b.signals),
      reason: reasons.isEmpty ? nil : reasons.joined(separator: "\n"))
  }

  /// The parts of the first half, then those of the second.
  public func recall(for cue: Cue, with caller: Caller) async throws -> Recollection {
    let a = try await half(.first).recall(for: cue, with: caller.half(.first))
    let b = try await half(.second).recall(for: cue, with: caller.half(.second))
    return Recollection(
      a.parts + b.parts,
      used: a.used.map { StackedHalf.first.id($0) } + b.used.map { StackedHalf.second.id($0) })
  }

  /// Each half is written with its own edits, within its own budget.
  public mutating func write(_ draft: Draft, strength: Float) -> [Change] {
    var halves = StackedHalf.allCases.map { half($0) }
    var changes: [Change] = []
    for (index, which) in StackedHalf.allCases.enumerated() {
      let part = Draft(edits: draft.edits.compactMap { $0.unstacked(which) }, signals: draft.signals.half(which))
      changes += halves[index].write(part, strength: strength * share(of: which, in: draft))
        .map { $0.stacked(which) }
    }
    state = MemoryState(stacking: halves[0].state, halves[1].state)
    return changes
  }

  private func half(_ which: StackedHalf) -> any Memory {
    var memory = which == .first ? first : second
    memory.state = state.unstacked(which, budget: memory.state.budget)
    return memory
  }

  private func share(of half: StackedHalf, in draft: Draft) -> Float {
    guard let all = draft.signals.update, all > 0 else { return 1 }
    return (draft.signals.half(half).update ?? 1) / all
  }
}

/// Settings of a memory made of two: `{kind: stacked, first: {…}, second: {…}}`.
public struct StackedSettings: Codable, Sendable {
  /// The memory with the even slot ids.
  public var first: Spec
  /// The memory with the odd slot ids.
  public var second: Spec

  /// Each may be stacked again.
  public init(first: Spec, second: Spec) {
    self.first = first
    self.second = second
  }
}

/// The entry `stacked` over the memories of a catalogue, which may be stacked in turn.
public func stackedMemory(of memories: Catalog<any Memory>) -> Catalog<any Memory>.Entry {
  .init(
    "stacked", "two memories side by side, each within its own budget",
    defaults: StackedSettings(first: Spec("overwrite"), second: Spec("append"))
  ) { settings, setup in
    let all = Catalog(memories.family, memories.entries + [stackedMemory(of: memories)])
    func half(_ spec: Spec, _ name: String) throws -> any Memory {
      var setup = setup
      setup.path += "." + name
      return try all.make(spec, in: setup)
    }
    return StackedMemory(try half(settings.first, "first"), try half(settings.second, "second"))
  }
}
