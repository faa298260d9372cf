import Palimpsest

/// A memory that is a bank of entries: each entry is a slot, and each operation of the bank an edit of the draft.
///
/// The strategies of its recipe do their work in `draft`, on a copy of the bank; the edits are the difference, each
/// with the operation that made it as its reason (`BankNote`), so that a trace holds the log. The state is all there
/// is: bank and indices are made from it again wherever it was set from outside.
///
/// Source: the systems of docs/banks.md, each a recipe.
public struct BankMemory: Memory {
  public var state: MemoryState { didSet { view = nil } }
  public let recipe: BankRecipe
  private let seed: UInt64
  private let tokenizer: any Tokenizer
  private let templates: PromptTemplates
  /// The bank of the state, while it is known. No state of its own.
  private var view: Bank?

  /// - Parameters:
  ///   - seed: of the random numbers of strategies that sample.
  ///   - tokenizer: counts entries and the recollection.
  public init(
    _ recipe: BankRecipe, seed: UInt64 = 1, tokenizer: any Tokenizer = WordTokenizer(),
    templates: PromptTemplates = PromptTemplates()
  ) {
    self.recipe = recipe
    self.seed = seed
    self.tokenizer = tokenizer
    self.templates = templates
    state = MemoryState(budget: Budget(tokens: recipe.budget.tokens, slots: recipe.budget.entries))
  }

  public var prompts: [PromptTemplate] { recipe.prompts.map { templates.replacing($0) } }

  /// The bank that the state describes, with an empty log.
  public var bank: Bank { view ?? Bank(state, budget: recipe.budget, embedder: recipe.embedder) }

  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    // Text behind `next` comes again with the next chunk.
    let text = String(decoding: (chunk.text ?? "").utf8.prefix(chunk.next - chunk.range.lowerBound), as: UTF8.self)
    let bank = bank
    var fresh = chunk
    fresh.content = .text(text)
    // A clock that goes back is the stream's fault; the bank's time stands still until it has caught up.
    let told = chunk.time ?? Double(chunk.index)
    let time = max(told, bank.clock)
    var writing = BankWriting(
      bank: bank, recipe: recipe,
      observation: Observation(chunk: fresh, text: text, time: time, viewer: BankViewer("reader")),
      language: BankLanguage(caller, templates: templates, tokenizer: tokenizer),
      random: caller.id.random(seed: seed, for: "bank"))
    try await writing.run()
    var draft = writing.draft(from: state)
    if told < bank.clock { draft.signals.readings["clockBack"] = 1 }
    return draft
  }

  public func recall(for cue: Cue, with caller: Caller) async throws -> Recollection {
    let bank = bank
    let query = BankQuery(cue.question.ask, at: max(bank.clock, 0))
    var found = recipe.retriever.candidates(for: query, in: bank, count: recipe.fetch)
    found = recipe.reranker.select(recipe.keep, of: found, for: query, in: bank)
    if cue.question.ask.isEmpty {
      // Without a question the newest entries stand for the bank.
      found = bank.read(as: query.viewer).sorted { ($0.recordedAt, $0.id) > ($1.recordedAt, $1.id) }.prefix(recipe.keep)
        .map { Scored($0.id, 1) }
    }
    let language = BankLanguage(caller, templates: templates, tokenizer: tokenizer)
    let page = try await recipe.distiller.text(of: found, for: query, in: bank, tokens: recipe.recall, with: language)
    return page.text.isEmpty ? .nothing : .text(page.text, used: page.used)
  }

  public mutating func write(_ draft: Draft, strength: Float) -> [Change] {
    guard strength >= 0.5 else { return [] }
    var bank = view
    view = nil  // so that the bank is changed in place
    let changes = state.apply(draft.edits)
    bank?.follow(changes, to: state)
    view = bank
    return changes
  }
}

extension Bank {
  /// The bank of a memory state, with an empty log. Links to entries that a foreign state lacks are dropped.
  init(_ state: MemoryState, budget: BankBudget, embedder: any Embedder) {
    self.init(budget: budget, embedder: embedder)
    let held = Set(state.slots.map(\.id))
    for slot in state.slots {
      var entry = MemoryEntry(slot)
      entry.links.removeAll { !held.contains($0.target) }
      put(entry)
    }
    resetClock(to: state)
  }

  /// Takes over what changed in the state, so that the indices need not be made again.
  mutating func follow(_ changes: [Change], to state: MemoryState) {
    for change in changes {
      switch change {
      case .added(let slot), .replaced(_, let slot): put(MemoryEntry(slot))
      case .erased(let slot), .evicted(let slot): remove(slot.id)
      case .refused: break
      }
    }
    resetClock(to: state)
  }

  private mutating func resetClock(to state: MemoryState) {
    log = []
    freshID = state.freshID
    clock = entries.values.reduce(-.infinity) { max($0, $1.recordedAt, $1.retiredAt ?? $1.recordedAt, $1.lastAccess) }
  }
}
