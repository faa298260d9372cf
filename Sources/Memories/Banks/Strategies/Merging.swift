import Palimpsest

/// Decides what new content does to the entries there are.
public protocol Merging: Sendable {
  /// The prompts it may ask.
  var prompts: [PromptTemplate] { get }

  /// - Parameter near: the entries most like it, the best one first, with their cosines.
  func operations(
    for content: EntryContent, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation]
}

extension Merging {
  public var prompts: [PromptTemplate] { [] }
}

/// The merges by name.
public let mergings: [Catalog<any Merging>.Entry] = [
  .init("append", "each content becomes an entry; one that is there already is touched") { _ in AppendMerging() },
  .init("key", "a content with a known key revises that entry", source: "ArcMemo, arXiv:2509.04439") { _ in KeyMerging()
  },
  .init(
    "fuse", "a content that is much like an entry is merged with it", source: "MemOS, arXiv:2507.03724",
    defaults: FuseMerging.Settings()
  ) { settings, setup in
    FuseMerging(
      limit: try checkShare(settings.limit, "limit", in: setup), asks: settings.asks)
  },
  .init(
    "relations", "what is the same is touched, what elaborates is merged, what contradicts supersedes",
    defaults: RelationMerging.Settings()
  ) { settings, _ in RelationMerging(settings) },
  .init(
    "operations", "the policy says ADD, UPDATE, DELETE or NOOP", source: "Memory-R1, arXiv:2508.19828",
    defaults: OperationMerging.Settings()
  ) { settings, _ in OperationMerging(settings) },
]

/// Each content becomes an entry; one whose body an entry has already is touched, so that adding twice adds once.
public struct AppendMerging: Merging {
  /// There is nothing to set.
  public init() {}

  public func operations(
    for content: EntryContent, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    if let twin = bank.twin(of: content) { return [.touch(twin, .access)] }
    return [.add(content)]
  }
}

extension Bank {
  /// The active entry that says the same, word for word.
  func twin(of content: EntryContent) -> MemoryEntry.ID? {
    terms.texts(with: content.body).filter { id in
      guard let entry = entries[id] else { return false }
      return entry.state == .active && entry.content.body == content.body && entry.content.kind == content.kind
        && entry.content.scope == content.scope
    }.min()
  }

  /// The active entries of a key.
  func active(key: String) -> [MemoryEntry] {
    guard !key.isEmpty else { return [] }
    return entries.values.filter { $0.state == .active && $0.content.key == key }.sorted { $0.id < $1.id }
  }
}

/// A content whose key an entry has revises that entry: fields and text are replaced, keywords and sources united.
public struct KeyMerging: Merging {
  /// There is nothing to set.
  public init() {}

  public func operations(
    for content: EntryContent, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    guard let old = bank.active(key: content.key).first(where: { $0.content.kind == content.kind }) else {
      return try await AppendMerging().operations(for: content, near: near, in: bank, with: language)
    }
    if old.content.body == content.body { return [.touch(old.id, .access)] }
    let keywords = old.content.keywords + content.keywords.filter { !old.content.keywords.contains($0) }
    return [
      .revise(
        old.id,
        EntryPatch(
          text: .init(content.body, tokens: content.tokens), keywords: keywords,
          fields: old.content.fields.merging(content.fields) { $1 }, sources: content.sources))
    ]
  }
}

/// A content that is much like an entry is merged with it: by the policy's fusion, or as one text behind the other.
public struct FuseMerging: Merging {
  public struct Settings: Codable, Sendable {
    /// The cosine from which on two entries say much the same, 0...1.
    public var limit = 0.8
    /// Whether the policy writes the merged text.
    public var asks = false

    public init(limit: Double = 0.8, asks: Bool = false) {
      self.limit = limit
      self.asks = asks
    }
  }

  private let limit: Double
  private let asks: Bool

  /// - Parameter limit: 0...1.
  public init(limit: Double = 0.8, asks: Bool = false) {
    self.limit = limit
    self.asks = asks
  }

  public var prompts: [PromptTemplate] { asks ? [BankPrompts.fuse] : [] }

  public func operations(
    for content: EntryContent, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    if let twin = bank.twin(of: content) { return [.touch(twin, .access)] }
    guard let best = near.first, best.score >= limit, let old = bank.entries[best.id], !old.isFrozen else {
      return [.add(content)]
    }
    let texts = [old.content.body, content.body]
    let length = old.content.tokens + content.tokens + 1
    let fused = asks ? try await language.fused(texts, tokens: length) : texts.joined(separator: " ")
    // Without a fused text nothing is merged, and nothing is lost.
    guard let fused else { return [.add(content)] }
    var merged = content
    merged.body = fused
    merged.tokens = language.count(fused)
    return [.merge([old.id], merged)]
  }
}

/// The relation table: same → touch; elaborates → merge; contradicts → supersede; independent → add.
///
/// By fields: two statements of one subject and one relation are the same where the value is the same; they
/// elaborate where the relation has many values (`arity` many), and contradict where it has one.
public struct RelationMerging: Merging {
  /// Who says how two statements stand to each other.
  public enum Judge: String, Choice { case fields, policy }

  public struct Settings: Codable, Sendable {
    public var judge = Judge.fields
    /// How many of the most similar entries the policy is asked about.
    public var asked = 1
    /// The least cosine of an entry that the policy is asked about.
    public var least = 0.3

    public init(judge: Judge = .fields) { self.judge = judge }
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { settings.judge == .policy ? [BankPrompts.relation] : [] }

  public func operations(
    for content: EntryContent, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    if let twin = bank.twin(of: content) { return [.touch(twin, .access)] }
    var candidates: [MemoryEntry]
    switch settings.judge {
    case .fields: candidates = bank.active(key: content.key)
    case .policy:
      candidates = near.filter { $0.score >= settings.least }.prefix(max(settings.asked, 0))
        .compactMap { bank.entries[$0.id] }
    }
    candidates.removeAll(where: \.isFrozen)
    for old in candidates {
      let relation: EntryRelation? =
        switch settings.judge {
        case .fields: Self.relation(of: content, to: old)
        case .policy: try await language.relation(of: content.body, to: old)
        }
      switch relation {
      case .same: return [.touch(old.id, .access)]
      case .elaborates:
        var merged = content
        merged.body = old.content.body + "; " + content.body
        merged.tokens = language.count(merged.body)
        return [.merge([old.id], merged)]
      case .contradicts:
        // What was told of an earlier time does not end what is known of now.
        if let new = content.validFrom, let known = old.content.validFrom, new < known {
          var earlier = content
          earlier.validUntil = known
          return [.add(earlier)]
        }
        return [.supersede(old.id, content)]
      case .independent, nil: continue
      }
    }
    return [.add(content)]
  }

  /// By subject, relation and value.
  static func relation(of content: EntryContent, to old: MemoryEntry) -> EntryRelation {
    let (new, old) = (content.fields, old.content.fields)
    guard let subject = new["subject"], subject == old["subject"], new["relation"] == old["relation"] else {
      return .independent
    }
    if new["value"] == old["value"] { return .same }
    return new["arity"] == "many" ? .elaborates : .contradicts
  }
}

/// The policy says what a new fact changes: ADD, UPDATE, DELETE or NOOP, one a line.
///
/// UPDATE becomes a revision, DELETE an archiving, so that neither loses history. Ids must be among those shown; a
/// reply with any other line is malformed as a whole, counted, and changes nothing.
public struct OperationMerging: Merging {
  public struct Settings: Codable, Sendable {
    /// Length of the reply.
    public var tokens = 128

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.operations] }

  public func operations(
    for content: EntryContent, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    let shown = near.compactMap { bank.entries[$0.id] }
    let memory = shown.isEmpty ? Recollection.nothing : .text(shown.map(\.line).joined(separator: "\n"))
    let reply = try await language.reply(
      to: BankPrompts.operations, problem: content.body, memory: memory, tokens: settings.tokens)
    return language.value(Self.parse(reply, for: content, shown: Set(shown.map(\.id)), count: language.count)) ?? []
  }

  /// The operations of a reply.
  static func parse(
    _ reply: String, for content: EntryContent, shown: Set<MemoryEntry.ID>, count: (String) -> Int
  ) -> Parsed<[BankOperation]> {
    var operations: [BankOperation] = []
    for line in reply.trimmedLines {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let rest = words.count > 1 ? BankLanguage.trimmed(words[1]) : ""
      switch words[0].uppercased() {
      case "NOOP" where rest.isEmpty: operations.append(.noop)
      case "ADD" where !rest.isEmpty: operations.append(.add(content.saying(rest, tokens: count(rest))))
      case "UPDATE":
        let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let id = BankLanguage.ids(parts[0])?.first, shown.contains(id) else {
          return .malformed("UPDATE of an id that was not shown")
        }
        operations.append(
          .revise(id, EntryPatch(text: .init(parts[1], tokens: count(parts[1])), sources: content.sources)))
      case "DELETE":
        guard let ids = BankLanguage.ids(rest), ids.count == 1, shown.contains(ids[0]) else {
          return .malformed("DELETE of an id that was not shown")
        }
        operations.append(.archive(ids[0]))
      default: return .malformed("'\(words[0].prefix(20))' is no operation")
      }
    }
    return operations.isEmpty ? .malformed("no operation") : .ok(operations.filter { $0 != .noop })
  }
}

extension EntryContent {
  /// The content with another text.
  func saying(_ text: String, tokens: Int) -> EntryContent {
    var content = self
    if text != body { (content.fields, content.key) = ([:], "") }
    (content.body, content.tokens) = (text, tokens)
    return content
  }
}
