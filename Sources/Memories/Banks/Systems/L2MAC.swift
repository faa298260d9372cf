import Palimpsest

extension BankSettings {
  /// L2MAC: exact files by path, changed by line diffs, and a summary of the progress. Paths are the read index.
  static let l2mac = BankSettings { bank in
    bank.extraction = Spec("none")
    bank.reflections = [Spec("files")]
    bank.retriever = Spec("key")
    bank.distiller = Spec("portrait")
    bank.keep = 5
    bank.forgetting = Spec("lru")
  }
}

/// L2MAC's file store: shown the paths, the files that the chunk names and the summary of the progress, the policy
/// changes files by line diffs and writes a new summary.
///
/// Every file stays shorter than a bound, so that it fits the context. A diff that does not fit its file makes the whole
/// reply malformed: it is counted, and every file stays as it was.
public struct FileReflection: Reflection {
  public struct Settings: Codable, Sendable {
    /// Length of the reply.
    public var tokens = 512
    /// The longest file, in tokens.
    public var file = 512
    /// The most files that are shown whole.
    public var shown = 3

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public var prompts: [PromptTemplate] { [BankPrompts.files] }
  public var trigger: BankTrigger { .every(1) }

  public func operations(
    at observation: Observation, since last: Double?, in bank: Bank, with language: BankLanguage
  ) async throws -> [BankOperation] {
    let entries = bank.read(as: observation.viewer)
    let files = entries.filter { $0.content.kind == .file }
    let query = BankQuery(observation.text, at: observation.time, as: observation.viewer, kinds: [.file])
    let open = KeyRetriever().candidates(for: query, in: bank, count: settings.shown).compactMap { bank.entries[$0.id] }
    var memory = ["Files: " + files.map(\.content.key).sorted().joined(separator: ", ")]
    memory += bank.active(key: Self.progress).map { "Progress: " + $0.content.body.onOneLine }
    memory += open.map { file in
      "FILE \(file.content.key)\n"
        + Self.lines(of: file.content.body).enumerated().map { "\($0.offset + 1): \($0.element)" }.joined(
          separator: "\n")
    }
    let reply = try await language.reply(
      to: BankPrompts.files, memory: .text(memory.joined(separator: "\n")), section: observation.chunk,
      tokens: settings.tokens)
    return language.value(parse(reply, from: observation.source, in: bank, with: language)) ?? []
  }

  private static let progress = "progress"

  static func lines(of body: String) -> [String] {
    body.isEmpty ? [] : body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// `FILE path` and its diff, any number of times, `SUMMARY text` at most once; or `done`.
  func parse(
    _ reply: String, from source: EntrySource, in bank: Bank, with language: BankLanguage
  ) -> Parsed<[BankOperation]> {
    if reply.lowercased() == "done" { return .ok([]) }
    var diffs: [(path: String, diff: LineDiff)] = []
    var summary: String?
    for line in reply.split(whereSeparator: \.isNewline).map(String.init) where !line.allSatisfy(\.isWhitespace) {
      if line.hasPrefix("FILE ") {
        let path = BankLanguage.trimmed(String(line.dropFirst(5)))
        guard !path.isEmpty, path.utf8.count <= 200, path != Self.progress, !diffs.contains(where: { $0.path == path })
        else { return .malformed("a file without a path of its own") }
        diffs.append((path, LineDiff()))
      } else if line.hasPrefix("SUMMARY "), summary == nil {
        summary = BankLanguage.trimmed(String(line.dropFirst(8)))
      } else {
        guard !diffs.isEmpty, diffs[diffs.count - 1].diff.take(line) else {
          return .malformed("'\(line.prefix(20))' is no line of a diff")
        }
      }
    }
    var operations: [BankOperation] = []
    for (path, diff) in diffs {
      let old = bank.active(key: path).first { $0.content.kind == .file }
      guard let lines = diff.applied(to: old.map { Self.lines(of: $0.content.body) } ?? []) else {
        return .malformed("the diff does not fit the file \(path.prefix(40))")
      }
      let body = lines.joined(separator: "\n")
      let tokens = language.count(body)
      guard tokens <= settings.file else { return .malformed("the file \(path.prefix(40)) would be too long") }
      operations.append(
        old.map { .revise($0.id, EntryPatch(text: .init(body, tokens: tokens), sources: [source])) }
          ?? .add(EntryContent(.file, body, key: path, sources: [source], tokens: tokens)))
    }
    if let summary, !summary.isEmpty {
      let tokens = language.count(summary)
      operations.append(
        bank.active(key: Self.progress).first
          .map { .revise($0.id, EntryPatch(text: .init(summary, tokens: tokens), sources: [source])) }
          ?? .add(EntryContent(.summary, summary, key: Self.progress, sources: [source], tokens: tokens)))
    }
    return operations.isEmpty ? .malformed("no change and no 'done'") : .ok(operations)
  }
}
