import Palimpsest

extension BankSettings {
  /// Mem-α: the policy edits three stores with one reply a chunk; a core text of at most 512 tokens stays always.
  static let memAlpha = BankSettings { bank in
    bank.extraction = Spec("none")
    bank.reflections = [Spec("stores")]
    bank.core = 512
    bank.retriever = Spec("bm25")
    bank.fetch = 20
    bank.keep = 20
    bank.distiller = Spec("portrait")
    bank.forgetting = Spec("fifo")
  }
}

/// Mem-α's writing: shown the core text and the newest entries of each store, the policy inserts, updates and deletes.
///
/// INSERT of what is there already is skipped, and counts as not executed. A core text that is too long is cut.
public struct StoreReflection: Reflection {
  public struct Settings: Codable, Sendable {
    /// Length of the reply.
    public var tokens = 512
    /// The newest entries of each store that are shown.
    public var shown = 20
    /// Length of the core text.
    public var core = 512

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.stores] }
  public var trigger: BankTrigger { .every(1) }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    let all = bank.read(as: observation.viewer)
    let shown =
      all.filter { $0.content.kind == .core }
      + [.fact, .event].flatMap { kind in all.filter { $0.content.kind == kind }.suffix(max(settings.shown, 0)) }
    let lines = shown.map { "\($0.content.kind.rawValue) \($0.line)" }
    let reply = try await language.reply(
      to: BankPrompts.stores, memory: lines.isEmpty ? .nothing : .text(lines.joined(separator: "\n")),
      section: observation.chunk, tokens: settings.tokens)
    return language.value(parse(reply, shown: shown, from: observation.source, in: bank, with: language)) ?? []
  }

  /// `INSERT fact text`, `INSERT event text`, `UPDATE core text`, `UPDATE id text`, `DELETE id`, or `done`.
  func parse(
    _ reply: String, shown: [MemoryEntry], from source: EntrySource, in bank: Bank, with language: BankLanguage
  ) -> Parsed<[BankOperation]> {
    if reply.lowercased() == "done" { return .ok([]) }
    let ids = Set(shown.map(\.id))
    var operations: [BankOperation] = []
    for line in reply.trimmedLines {
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      switch (words[0].uppercased(), words.count) {
      case ("INSERT", 3):
        guard let kind = EntryContent.Kind(rawValue: words[1].lowercased()), kind == .fact || kind == .event else {
          return .malformed("INSERT into no store")
        }
        let content = EntryContent(kind, words[2], sources: [source], tokens: language.count(words[2]))
        if bank.twin(of: content) == nil { operations.append(.add(content)) }
      case ("UPDATE", 3) where words[1].lowercased() == "core":
        let text = language.cut(words[2], to: settings.core)
        let tokens = language.count(text)
        operations.append(
          shown.first { $0.content.kind == .core }
            .map { .revise($0.id, EntryPatch(text: .init(text, tokens: tokens), sources: [source])) }
            ?? .add(EntryContent(.core, text, sources: [source], tokens: tokens)))
      case ("UPDATE", 3):
        guard let id = BankLanguage.ids(words[1])?.first, ids.contains(id) else {
          return .malformed("UPDATE of an id that was not shown")
        }
        operations.append(
          .revise(id, EntryPatch(text: .init(words[2], tokens: language.count(words[2])), sources: [source])))
      case ("DELETE", 2):
        guard let id = BankLanguage.ids(words[1])?.first, ids.contains(id) else {
          return .malformed("DELETE of an id that was not shown")
        }
        operations.append(.archive(id))
      default: return .malformed("'\(words[0].prefix(20))' is no change of a store")
      }
    }
    return operations.isEmpty && reply.isEmpty ? .malformed("an empty reply") : .ok(operations)
  }
}

/// Mem-α's reward of one chunk's calls: r1 + r2 + β · r3 + γ · r4.
public struct MemAlphaReward: Sendable, Hashable {
  /// β of the paper.
  public var compression = 0.05
  /// γ of the paper's ablation; its text prints 1 once.
  public var content = 0.1

  /// The paper's weights.
  public init() {}

  /// - Parameters:
  ///   - task: r1, the score of a frozen reader over the finished memory.
  ///   - executed: calls that were executed, of `calls`; r2 is 0 without a call.
  ///   - memory: tokens of the memory, against the tokens of all `chunks`.
  ///   - valid: r4, the share of calls whose content fits its store.
  public func total(task: Double, executed: Int, calls: Int, memory: Int, chunks: Int, valid: Double) -> Double {
    let r2 = calls > 0 ? Double(executed) / Double(calls) : 0
    let r3 = chunks > 0 ? 1 - Double(memory) / Double(chunks) : 0
    return task + r2 + compression * r3 + content * valid
  }
}
