import Basics
import Palimpsest
import SentenceRules

/// Makes the contents of new entries of a chunk.
public protocol Extraction: Sendable {
  /// The prompts it may ask.
  var prompts: [PromptTemplate] { get }

  /// What the chunk says, in entries of at most `tokens`.
  func contents(of observation: Observation, tokens: Int, with language: BankLanguage) async throws -> [EntryContent]
}

/// A chunk as a bank sees it.
public struct Observation: Sendable {
  /// The chunk, without what comes again with the next one.
  public var chunk: Chunk
  public var text: String
  public var time: Double
  public var viewer: BankViewer

  /// Where an entry of it comes from.
  var source: EntrySource { EntrySource(chunk.index, speaker: chunk.speaker) }
}

/// The extractions by name.
public let extractions: [Catalog<any Extraction>.Entry] = [
  .init("none", "nothing: a reflection reads the chunks") { _ in NoExtraction() },
  .init("passages", "the text itself, packed by sentences; no call", defaults: PassageExtraction.Settings()) {
    settings, setup in
    try setup.path.demand(settings.tokens > 0, "tokens", settings.tokens, "a passage holds at least 1 token")
    return PassageExtraction(settings)
  },
  .init(
    "facts", "statements that the policy writes down, one an entry", source: "Memory-R1, arXiv:2508.19828",
    defaults: FactExtraction.Settings()
  ) { settings, setup in
    try setup.path.demand(settings.tokens > 0, "tokens", settings.tokens, "a reply holds at least 1 token")
    return FactExtraction(settings)
  },
]

/// Nothing: a reflection reads the chunks.
public struct NoExtraction: Extraction {
  /// There is nothing to set.
  public init() {}
  public var prompts: [PromptTemplate] { [] }

  public func contents(
    of observation: Observation, tokens: Int, with language: BankLanguage
  ) async throws -> [EntryContent] { [] }
}

/// The text itself: sentences, packed up to a size. A sentence that exceeds it is cut.
public struct PassageExtraction: Extraction {
  public struct Settings: Codable, Sendable {
    /// Length of a passage.
    public var tokens = 64
    /// The kind of the entries.
    public var makes = EntryContent.Kind.turn

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [] }

  public func contents(
    of observation: Observation, tokens: Int, with language: BankLanguage
  ) async throws -> [EntryContent] {
    let limit = min(settings.tokens, tokens)
    guard limit > 0 else { return [] }
    var passages: [String] = []
    var open = ""
    for var sentence in Self.sentences(of: observation.text) {
      if !open.isEmpty, language.count(open + " " + sentence) <= limit {
        open += " " + sentence
        continue
      }
      if !open.isEmpty { passages.append(open) }
      open = ""
      while language.count(sentence) > limit {
        let head = language.cut(sentence, to: limit)
        guard !head.isEmpty else { break }
        passages.append(head)
        sentence = String(decoding: sentence.utf8.dropFirst(head.utf8.count), as: UTF8.self)
      }
      open = sentence
    }
    if !open.isEmpty { passages.append(open) }
    return passages.map {
      EntryContent(settings.makes, $0, sources: [observation.source], tokens: language.count($0))
    }
  }

  /// Sentences and headings, each on one line.
  static func sentences(of text: String) -> [String] {
    let bytes = Array(text.utf8)
    var sentences: [String] = []
    Layout(of: bytes).read { element in
      let range =
        switch element {
        case .heading(let range): range
        case .sentence(let range, _), .rest(let range): range
        }
      let line = String(decoding: bytes[range], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
      if !line.isEmpty { sentences.append(line) }
    }
    return sentences
  }
}

/// Statements that the policy writes down. `subject | relation | value` fills the fields of an entry too.
public struct FactExtraction: Extraction {
  public struct Settings: Codable, Sendable {
    /// Length of the reply.
    public var tokens = 256
    /// The kind of the entries.
    public var makes = EntryContent.Kind.fact

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.extract] }

  public func contents(
    of observation: Observation, tokens: Int, with language: BankLanguage
  ) async throws -> [EntryContent] {
    guard !observation.text.allSatisfy(\.isWhitespace) else { return [] }
    return try await language.facts(in: observation.chunk, tokens: settings.tokens).compactMap { line in
      let text = language.cut(line, to: tokens)
      guard !text.isEmpty else { return nil }
      var content = EntryContent(settings.makes, text, sources: [observation.source], tokens: language.count(text))
      content.read(fields: line)
      return content
    }
  }
}

extension EntryContent {
  /// Takes `subject | relation | value`, or `subject | relation | value | many`, as fields, and the first two as the key.
  mutating func read(fields line: String) {
    let parts = line.split(separator: "|").map { BankLanguage.trimmed(String($0)) }
    guard (3...4).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 200 }) else { return }
    fields = ["subject": parts[0], "relation": parts[1], "value": parts[2]]
    if parts.count == 4 { fields["arity"] = parts[3] }
    key = "\(parts[0]) · \(parts[1])"
  }
}
