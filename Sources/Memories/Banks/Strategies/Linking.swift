import Palimpsest

/// Connects a new entry with those that are there, and lets these change by it.
public protocol Linking: Sendable {
  /// The prompts it may ask.
  var prompts: [PromptTemplate] { get }

  /// - Parameter near: the entries most like it, the best one first, with their cosines; never itself.
  func operations(
    for entry: MemoryEntry, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation]
}

/// The ways of linking by name.
public let linkings: [Catalog<any Linking>.Entry] = [
  .init("none", "no links") { _ in NoLinking() },
  .init(
    "nearest", "to the most similar entries", source: "A-MEM, arXiv:2502.12110", defaults: NearestLinking.Settings()
  ) {
    settings, setup in
    NearestLinking(count: settings.count, least: try checkShare(settings.least, "least", in: setup))
  },
  .init(
    "evolve", "the policy annotates the note, links it, and rewrites the context of its neighbours",
    source: "A-MEM, arXiv:2502.12110", defaults: EvolvingLinking.Settings()
  ) { settings, _ in EvolvingLinking(settings) },
]

/// No links.
public struct NoLinking: Linking {
  /// There is nothing to set.
  public init() {}
  public var prompts: [PromptTemplate] { [] }

  public func operations(
    for entry: MemoryEntry, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] { [] }
}

/// Links to the most similar entries; weights are cosines.
public struct NearestLinking: Linking {
  public struct Settings: Codable, Sendable {
    /// The most links of a new entry.
    public var count = 3
    /// The least cosine, 0...1.
    public var least = 0.2

    public init() {}
  }

  private let count: Int
  private let least: Double

  /// - Parameter least: 0...1.
  public init(count: Int = 3, least: Double = 0.2) {
    self.count = count
    self.least = least
  }

  public var prompts: [PromptTemplate] { [] }

  public func operations(
    for entry: MemoryEntry, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    near.filter { $0.score >= least }.prefix(max(count, 0))
      .map { .link(entry.id, MemoryEntry.Link(.related, to: $0.id, weight: min($0.score, 1))) }
  }
}

/// A-MEM's note construction and evolution: keywords, tags and context of the note; then links, new tags, and a new
/// context for neighbours.
///
/// Only ids that were shown can be changed, so an evolution never edits an unrelated note; indices follow at once.
public struct EvolvingLinking: Linking {
  public struct Settings: Codable, Sendable {
    /// How many neighbours are shown.
    public var count = 5
    /// Length of each reply.
    public var tokens = 192

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.annotate, BankPrompts.evolve] }

  public func operations(
    for entry: MemoryEntry, near: [Scored], in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    var operations: [BankOperation] = []
    let described = try await language.reply(
      to: BankPrompts.annotate, problem: entry.content.body, tokens: settings.tokens)
    if let patch = language.value(Self.parse(annotation: described)) { operations.append(.revise(entry.id, patch)) }

    let neighbours = near.prefix(max(settings.count, 0)).compactMap { bank.entries[$0.id] }
    guard !neighbours.isEmpty else { return operations }
    let reply = try await language.reply(
      to: BankPrompts.evolve, problem: entry.content.body,
      memory: .text(neighbours.map(\.line).joined(separator: "\n")), tokens: settings.tokens)
    let shown = Set(neighbours.map(\.id))
    return operations + (language.value(Self.parse(evolution: reply, of: entry.id, shown: shown)) ?? [])
  }

  /// `keywords: …`, `tags: …`, `context: …`, each once, in any order.
  static func parse(annotation reply: String) -> Parsed<EntryPatch> {
    var patch = EntryPatch()
    for line in reply.trimmedLines {
      guard let colon = line.firstIndex(of: ":") else { return .malformed("a line without a colon") }
      let value = BankLanguage.trimmed(String(line[line.index(after: colon)...]))
      switch line[..<colon].lowercased() {
      case "keywords" where patch.keywords == nil: patch.keywords = Array(BankLanguage.list(value).prefix(12))
      case "tags" where patch.tags == nil: patch.tags = Array(BankLanguage.list(value).prefix(12))
      case "context" where patch.context == nil: patch.context = value
      default: return .malformed("'\(line[..<colon].prefix(20))' is no part of a note")
      }
    }
    return patch.keywords == nil && patch.tags == nil && patch.context == nil
      ? .malformed("an empty annotation") : .ok(patch)
  }

  /// `LINK ids`, `TAGS tags`, `CONTEXT id sentence`, or `none`.
  static func parse(
    evolution reply: String, of id: MemoryEntry.ID, shown: Set<MemoryEntry.ID>
  ) -> Parsed<[BankOperation]> {
    if reply.lowercased() == "none" { return .ok([]) }
    var operations: [BankOperation] = []
    for line in reply.trimmedLines {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let rest = words.count > 1 ? words[1] : ""
      switch words[0].uppercased() {
      case "LINK":
        guard let ids = BankLanguage.ids(rest), ids.allSatisfy(shown.contains) else {
          return .malformed("a link to an id that was not shown")
        }
        operations += ids.map { .link(id, MemoryEntry.Link(.related, to: $0)) }
      case "TAGS": operations.append(.revise(id, EntryPatch(tags: Array(BankLanguage.list(rest).prefix(12)))))
      case "CONTEXT":
        let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let other = BankLanguage.ids(parts[0])?.first, shown.contains(other) else {
          return .malformed("a context for an id that was not shown")
        }
        operations.append(.revise(other, EntryPatch(context: parts[1])))
      default: return .malformed("'\(words[0].prefix(20))' is no evolution")
      }
    }
    return operations.isEmpty ? .malformed("no evolution and no 'none'") : .ok(operations)
  }
}
