import Palimpsest

/// What an entry says and where that comes from: the part of an entry that a writer chooses.
public struct EntryContent: Sendable, Codable, Hashable {
  /// What an entry is; strategies and budgets treat kinds differently.
  public enum Kind: String, Choice {
    case core, fact, event, turn, summary, profile, topic, note, concept, lesson, file, instruction
  }

  /// What the entry is.
  public var kind: Kind
  /// A name to find it by: a topic, a path, `subject · relation`. Empty where there is none.
  public var key: String
  /// The text.
  public var body: String
  /// Words to find it by, the most important one first.
  public var keywords: [String]
  /// Short labels.
  public var tags: [String]
  /// One sentence about where the text belongs.
  public var context: String
  /// Parts of a statement by name: `subject`, `relation`, `value`, `arity`.
  public var fields: [String: String]
  /// The begin of the time in which the text is true, in seconds of the stream; nil is open.
  public var validFrom: Double?
  /// The end of that time; nil is open.
  public var validUntil: Double?
  /// From this time on the entry is no longer retrieved; nil is never.
  public var expiresAt: Double?
  /// Who may see it.
  public var scope: EntryScope
  /// How certain the writer is, 0...1.
  public var confidence: Double
  /// How far the origin is trusted, 0...1.
  public var trust: Double
  /// Where the text comes from. Never empty in a bank.
  public var sources: [EntrySource]
  /// The tokens of the text in a prompt.
  public var tokens: Int

  /// Everything but kind, text and length has a neutral default.
  public init(
    _ kind: Kind, _ body: String, key: String = "", keywords: [String] = [], tags: [String] = [],
    context: String = "", fields: [String: String] = [:], validFrom: Double? = nil, validUntil: Double? = nil,
    expiresAt: Double? = nil, scope: EntryScope = EntryScope(), confidence: Double = 1, trust: Double = 1,
    sources: [EntrySource] = [], tokens: Int
  ) {
    self.kind = kind
    self.key = key
    self.body = body
    self.keywords = keywords
    self.tags = tags
    self.context = context
    self.fields = fields
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.expiresAt = expiresAt
    self.scope = scope
    self.confidence = confidence
    self.trust = trust
    self.sources = sources
    self.tokens = tokens
  }

  /// The text that indices read: key, context, keywords, tags and body, each on its line.
  public var indexed: String {
    ([key, context] + [keywords, tags].map { $0.joined(separator: " ") } + [body]).filter { !$0.isEmpty }
      .joined(separator: "\n")
  }
}

extension EntryContent {
  private enum Key: CodingKey {
    case kind, key, body, keywords, tags, context, fields, validFrom, validUntil, expiresAt, scope, confidence, trust
    case sources, tokens
  }

  /// What is left out has its default.
  public init(from decoder: any Decoder) throws {
    let table = try decoder.container(keyedBy: Key.self)
    self.init(
      try table.decode(Kind.self, forKey: .kind), try table.decodeIfPresent(String.self, forKey: .body) ?? "",
      key: try table.decodeIfPresent(String.self, forKey: .key) ?? "",
      keywords: try table.decodeIfPresent([String].self, forKey: .keywords) ?? [],
      tags: try table.decodeIfPresent([String].self, forKey: .tags) ?? [],
      context: try table.decodeIfPresent(String.self, forKey: .context) ?? "",
      fields: try table.decodeIfPresent([String: String].self, forKey: .fields) ?? [:],
      validFrom: try table.decodeIfPresent(Double.self, forKey: .validFrom),
      validUntil: try table.decodeIfPresent(Double.self, forKey: .validUntil),
      expiresAt: try table.decodeIfPresent(Double.self, forKey: .expiresAt),
      scope: try table.decodeIfPresent(EntryScope.self, forKey: .scope) ?? EntryScope(),
      confidence: try table.decodeIfPresent(Double.self, forKey: .confidence) ?? 1,
      trust: try table.decodeIfPresent(Double.self, forKey: .trust) ?? 1,
      sources: try table.decodeIfPresent([EntrySource].self, forKey: .sources) ?? [],
      tokens: try table.decode(Int.self, forKey: .tokens))
  }

  /// Leaves out what has its default.
  public func encode(to encoder: any Encoder) throws {
    var table = encoder.container(keyedBy: Key.self)
    try table.encode(kind, forKey: .kind)
    if !body.isEmpty { try table.encode(body, forKey: .body) }
    if !key.isEmpty { try table.encode(key, forKey: .key) }
    if !keywords.isEmpty { try table.encode(keywords, forKey: .keywords) }
    if !tags.isEmpty { try table.encode(tags, forKey: .tags) }
    if !context.isEmpty { try table.encode(context, forKey: .context) }
    if !fields.isEmpty { try table.encode(fields, forKey: .fields) }
    try table.encodeIfPresent(validFrom, forKey: .validFrom)
    try table.encodeIfPresent(validUntil, forKey: .validUntil)
    try table.encodeIfPresent(expiresAt, forKey: .expiresAt)
    if scope != EntryScope() { try table.encode(scope, forKey: .scope) }
    if confidence != 1 { try table.encode(confidence, forKey: .confidence) }
    if trust != 1 { try table.encode(trust, forKey: .trust) }
    if !sources.isEmpty { try table.encode(sources, forKey: .sources) }
    try table.encode(tokens, forKey: .tokens)
  }
}

/// Tables by kind are tables by name in JSON, in one order.
extension EntryContent.Kind: CodingKeyRepresentable {}

/// A piece of the stream that an entry stems from.
public struct EntrySource: Sendable, Codable, Hashable, Comparable {
  /// Index of the chunk.
  public var chunk: Int
  /// Who spoke, where the stream says so.
  public var speaker: String?

  /// - Parameter chunk: 0 or more.
  public init(_ chunk: Int, speaker: String? = nil) {
    self.chunk = chunk
    self.speaker = speaker
  }

  /// In the order of the stream, then by speaker.
  public static func < (a: EntrySource, b: EntrySource) -> Bool {
    (a.chunk, a.speaker ?? "") < (b.chunk, b.speaker ?? "")
  }
}

/// Who may see an entry.
public struct EntryScope: Sendable, Codable, Hashable {
  /// Everyone, its owner alone, or its owner in one session.
  public enum Visibility: String, Choice { case shared, owner, session }

  /// The owner of the entry; empty where it has none.
  public var owner: String
  /// The session it belongs to; empty where it belongs to none.
  public var session: String
  /// Who may see it.
  public var visibility: Visibility

  /// Everyone sees it by default.
  public init(owner: String = "", session: String = "", visibility: Visibility = .shared) {
    self.owner = owner
    self.session = session
    self.visibility = visibility
  }
}

/// Who reads or writes a bank, and what they may do.
///
/// The bank compares it with the scope of each entry, for every search and for every access by id. An entry out of
/// scope does not exist for the viewer: its id is reported as unknown.
public struct BankViewer: Sendable, Codable, Hashable {
  /// What only some may do.
  public enum Right: String, Sendable, Codable { case delete, purge }

  /// The name in the log.
  public var name: String
  /// Whose entries are seen besides the shared ones; nil sees all.
  public var owner: String?
  /// The session whose entries are seen.
  public var session: String
  /// Deleting loses an entry for good, so it has to be granted.
  public var rights: Set<Right>

  /// - Parameter owner: nil sees every entry.
  public init(_ name: String, owner: String? = nil, session: String = "", rights: Set<Right> = []) {
    self.name = name
    self.owner = owner
    self.session = session
    self.rights = rights
  }

  /// Sees every entry and may do everything.
  public static let administrator = BankViewer("administrator", rights: [.delete, .purge])

  /// Whether an entry of this scope exists for the viewer.
  public func sees(_ scope: EntryScope) -> Bool {
    guard let owner, scope.visibility != .shared else { return true }
    return scope.owner == owner && (scope.visibility == .owner || scope.session == session)
  }
}
