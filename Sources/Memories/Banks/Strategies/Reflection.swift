import Foundation
import Palimpsest

/// Looks back over the bank at certain times, and condenses what it finds.
public protocol Reflection: Sendable {
  /// The prompts it may ask.
  var prompts: [PromptTemplate] { get }
  /// When it runs.
  var trigger: BankTrigger { get }

  /// - Parameters:
  ///   - observation: the chunk that was written just now.
  ///   - last: the time of the write before; nil for the first one.
  func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation]
}

/// When a reflection runs. It depends on the chunk and the bank alone, so a resumed reading reflects at the same times.
public enum BankTrigger: Sendable, Hashable {
  case never
  /// After every so many chunks.
  case every(Int)
  /// At the first chunk of a new day, of so many seconds or steps.
  case day(Double)

  /// Whether it runs behind a chunk.
  public func fires(at index: Int, time: Double, since last: Double?) -> Bool {
    switch self {
    case .never: false
    case .every(let count): count > 0 && (index + 1).isMultiple(of: count)
    case .day(let length): last.map { floor($0 / length) < floor(time / length) } ?? false
    }
  }
}

/// The reflections by name.
public let reflections: [Catalog<any Reflection>.Entry] = [
  .init("none", "no reflection") { _ in NoReflection() },
  .init(
    "topics", "topics of the last turns, each with its turns", source: "RMM, arXiv:2503.08026",
    defaults: TopicReflection.Settings()
  ) { settings, setup in
    try checkCount(settings.every, "every", in: setup)
    return TopicReflection(settings)
  },
  .init(
    "days", "a summary of each day, and a portrait of the speaker", source: "MemoryBank, arXiv:2305.10250",
    defaults: DayReflection.Settings()
  ) { settings, setup in
    try setup.path.demand(settings.day > 0, "day", settings.day, "a day takes time")
    return DayReflection(settings)
  },
  .init(
    "clusters", "a parent for each group of like entries",
    source: "MemOS, arXiv:2507.03724; Second Me, arXiv:2503.08102",
    defaults: ClusterReflection.Settings()
  ) { settings, setup in
    try checkCount(settings.every, "every", in: setup)
    _ = try checkShare(settings.limit, "limit", in: setup)
    return ClusterReflection(settings)
  },
  .init(
    "concepts", "lessons that hold beyond the text, merged by name", source: "ArcMemo, arXiv:2509.04439",
    defaults: ConceptReflection.Settings()
  ) { settings, setup in
    try checkCount(settings.every, "every", in: setup)
    return ConceptReflection(settings)
  },
  .init(
    "stores", "the policy edits core, fact and event stores", source: "Mem-α, arXiv:2509.25911",
    defaults: StoreReflection.Settings()
  ) { settings, _ in StoreReflection(settings) },
  .init(
    "files", "files by path that the policy changes by line diffs", source: "L2MAC, arXiv:2310.02003",
    defaults: FileReflection.Settings()
  ) { settings, _ in FileReflection(settings) },
]

/// - Throws: `SettingError.outOfRange` for a count below 1.
func checkCount(_ value: Int, _ name: String, in setup: Setup) throws {
  try setup.path.demand(value > 0, name, value, "at least 1")
}

/// No reflection.
public struct NoReflection: Reflection {
  /// There is nothing to set.
  public init() {}
  public var prompts: [PromptTemplate] { [] }
  public var trigger: BankTrigger { .never }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] { [] }
}

/// RMM's prospective reflection: turns become topics, each a summary as its key and its turns as its parents.
public struct TopicReflection: Reflection {
  public struct Settings: Codable, Sendable {
    /// Chunks between two reflections: a session.
    public var every = 8
    /// Length of the reply.
    public var tokens = 256

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.topics] }
  public var trigger: BankTrigger { .every(settings.every) }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    let turns = bank.read(as: observation.viewer).filter { $0.content.kind == .turn && !$0.isFrozen }
    guard !turns.isEmpty else { return [] }
    let reply = try await language.reply(
      to: BankPrompts.topics, memory: .text(turns.map(\.line).joined(separator: "\n")), tokens: settings.tokens)
    let shown = Dictionary(turns.map { ($0.id, $0) }) { $1 }
    guard let topics = language.value(Self.parse(reply, shown: Set(shown.keys))) else { return [] }
    var used: Set<MemoryEntry.ID> = []
    return topics.compactMap { topic in
      let ids = topic.ids.filter { used.insert($0).inserted }
      guard !ids.isEmpty else { return nil }
      // The turns stay word for word; the summary is what the topic is found by.
      let body = ids.compactMap { shown[$0]?.content.body }.joined(separator: "\n")
      let content = EntryContent(
        .topic, body, key: language.cut(topic.summary, to: 64), tokens: language.count(body))
      return .merge(ids, content)
    }
  }

  /// `summary | ids` a line, or `none`.
  static func parse(_ reply: String, shown: Set<MemoryEntry.ID>) -> Parsed<[(summary: String, ids: [MemoryEntry.ID])]> {
    if reply.lowercased() == "none" { return .ok([]) }
    var topics: [(String, [MemoryEntry.ID])] = []
    for line in reply.trimmedLines {
      let parts = line.split(separator: "|").map { BankLanguage.trimmed(String($0)) }
      guard parts.count == 2, let ids = BankLanguage.ids(parts[1]), ids.allSatisfy(shown.contains) else {
        return .malformed("a topic without the ids of its turns")
      }
      topics.append((BankLanguage.withoutBullet(parts[0]), ids))
    }
    return topics.isEmpty ? .malformed("no topic and no 'none'") : .ok(topics)
  }
}

/// MemoryBank's summary of each day and its portrait of the speaker, each an entry with its day as the key.
public struct DayReflection: Reflection {
  public struct Settings: Codable, Sendable {
    /// Seconds or steps of a day.
    public var day = 86_400.0
    /// Length of a summary.
    public var tokens = 128
    /// Whether a portrait is kept.
    public var profile = true

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.summarise] + (settings.profile ? [BankPrompts.profile] : []) }
  public var trigger: BankTrigger { .day(settings.day) }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    guard let last else { return [] }
    let day = floor(last / settings.day)
    let turns = bank.read(as: observation.viewer).filter {
      [.turn, .note].contains($0.content.kind) && floor($0.recordedAt / settings.day) == day
    }
    guard !turns.isEmpty else { return [] }
    let sources = turns.reduce([EntrySource]()) { $0.united(with: $1.content.sources) }
    var operations: [BankOperation] = []
    if let text = try await language.summary(of: turns, by: BankPrompts.summarise, tokens: settings.tokens) {
      operations.append(
        .add(
          EntryContent(
            .summary, text, key: "day \(Int(exactly: day) ?? 0)", sources: sources, tokens: language.count(text))))
    }
    guard settings.profile else { return operations }
    let old = bank.active(key: "profile").first { $0.content.kind == .profile }
    let shown = (old.map { [$0] } ?? []) + turns
    if let text = try await language.summary(of: shown, by: BankPrompts.profile, tokens: settings.tokens) {
      let tokens = language.count(text)
      operations.append(
        old.map { .revise($0.id, EntryPatch(text: .init(text, tokens: tokens), sources: sources)) }
          ?? .add(EntryContent(.profile, text, key: "profile", sources: sources, tokens: tokens)))
    }
    return operations
  }
}

/// Groups of like entries get a parent: a summary that links to its members. Members that lie far from the mean of
/// their group are left out, as Second Me does.
public struct ClusterReflection: Reflection {
  public struct Settings: Codable, Sendable {
    /// Chunks between two reflections.
    public var every = 16
    /// The cosine to the first member from which on an entry belongs to a group, 0...1.
    public var limit = 0.35
    /// The least members of a group.
    public var least = 3
    /// Members beyond this share of the largest distance from the mean are left out, 0...1.
    public var spread = 0.8
    /// Length of the summary.
    public var tokens = 64

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.summarise] }
  public var trigger: BankTrigger { .every(settings.every) }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    var operations: [BankOperation] = []
    for group in groups(in: bank, as: observation.viewer) {
      guard let text = try await language.summary(of: group, by: BankPrompts.summarise, tokens: settings.tokens) else {
        continue
      }
      let sources = group.reduce([EntrySource]()) { $0.united(with: $1.content.sources) }
      let parent = bank.freshID + operations.count { $0.content != nil }
      operations.append(.add(EntryContent(.summary, text, sources: sources, tokens: language.count(text))))
      operations += group.prefix(MemoryEntry.Limit.links).map { .link(parent, MemoryEntry.Link(.parent, to: $0.id)) }
    }
    return operations
  }

  /// Groups of entries that have no parent yet, each around its oldest member.
  func groups(in bank: Bank, as viewer: BankViewer) -> [[MemoryEntry]] {
    var free = bank.read(as: viewer).filter { entry in
      entry.content.kind != .summary
        && !bank.linking(to: entry.id).contains {
          bank.entries[$0]?.links.contains(where: { $0.kind == .parent && $0.target == entry.id }) == true
        }
    }
    var groups: [[MemoryEntry]] = []
    while let seed = free.first {
      let group = free.filter { $0.id == seed.id || bank.cosine(seed.id, $0.id) >= settings.limit }
      let ids = Set(group.map(\.id))
      free.removeAll { ids.contains($0.id) }
      let kept = pruned(group, in: bank)
      if kept.count >= settings.least { groups.append(kept) }
    }
    return groups
  }

  private func pruned(_ group: [MemoryEntry], in bank: Bank) -> [MemoryEntry] {
    let vectors = group.compactMap { bank.vectors?[$0.id] }
    guard vectors.count == group.count, let width = vectors.first?.count, group.count > 2 else { return group }
    var mean = [Float](repeating: 0, count: width)
    for vector in vectors { for place in 0..<width { mean[place] += vector[place] / Float(vectors.count) } }
    let distances = vectors.map { zip($0, mean).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }
    let most = distances.max() ?? 0
    let least = distances.min() ?? 0
    // Where all lie equally far there is no outlier.
    guard most - least > 0.05 else { return group }
    return zip(group, distances).filter { Double($0.1) <= Double(least) + settings.spread * Double(most - least) }.map(
      \.0)
  }
}

/// ArcMemo's library: lessons with a name, a situation and a suggestion, merged by name.
public struct ConceptReflection: Reflection {
  public struct Settings: Codable, Sendable {
    /// Chunks between two reflections.
    public var every = 1
    /// Length of the reply.
    public var tokens = 192

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.concepts] }
  public var trigger: BankTrigger { .every(settings.every) }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    let reply = try await language.reply(to: BankPrompts.concepts, section: observation.chunk, tokens: settings.tokens)
    guard let lessons = language.value(Self.parse(reply)) else { return [] }
    var operations: [BankOperation] = []
    var seen: Set<String> = []
    for lesson in lessons where seen.insert(lesson.name).inserted {
      var content = EntryContent(
        .lesson, lesson.body, key: lesson.name, keywords: lesson.cues, fields: lesson.fields,
        sources: [observation.source], tokens: language.count(lesson.body))
      if let old = bank.active(key: lesson.name).first(where: { $0.content.kind == .lesson }) {
        content = Lesson.merged(old.content, with: content, counting: language.count)
        operations.append(
          .revise(
            old.id,
            EntryPatch(
              text: .init(content.body, tokens: content.tokens), keywords: content.keywords, fields: content.fields,
              sources: content.sources)))
      } else {
        operations.append(.add(content))
      }
    }
    return operations
  }

  /// A lesson of the library.
  struct Lesson: Sendable {
    var name: String
    var situation: String
    var suggestion: String

    var fields: [String: String] { ["situation": situation, "suggestion": suggestion] }
    var cues: [String] { situation.uniqueWords.filter { $0.count > 3 }.prefix(12).map { $0 } }
    /// Situation and suggestion both, which the released template did not show.
    var body: String { "\(name): if \(situation), then \(suggestion)" }

    /// Merging by name: description keeps the first, cues are united in order, the suggestion is the last one's.
    static func merged(_ old: EntryContent, with new: EntryContent, counting count: (String) -> Int) -> EntryContent {
      var merged = old
      merged.keywords = Array((old.keywords + new.keywords.filter { !old.keywords.contains($0) }).prefix(24))
      merged.fields["suggestion"] = new.fields["suggestion"] ?? old.fields["suggestion"]
      let lesson = Lesson(
        name: old.key, situation: old.fields["situation"] ?? "", suggestion: merged.fields["suggestion"] ?? "")
      merged.body = lesson.body
      merged.tokens = count(merged.body)
      merged.sources = old.sources.united(with: new.sources)
      return merged
    }
  }

  /// `name | when | what` a line, or `none`.
  static func parse(_ reply: String) -> Parsed<[Lesson]> {
    if reply.lowercased() == "none" { return .ok([]) }
    var lessons: [Lesson] = []
    for line in reply.trimmedLines {
      let parts = line.split(separator: "|").map { BankLanguage.trimmed(String($0)) }
      guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 400 }) else {
        return .malformed("a lesson without name, situation and suggestion")
      }
      lessons.append(Lesson(name: BankLanguage.withoutBullet(parts[0]), situation: parts[1], suggestion: parts[2]))
    }
    return lessons.isEmpty ? .malformed("no lesson and no 'none'") : .ok(lessons)
  }
}
