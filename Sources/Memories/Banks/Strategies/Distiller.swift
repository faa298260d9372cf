import Palimpsest

/// Makes the recollection of the chosen entries, within a length.
public protocol Distiller: Sendable {
  /// The prompts it may ask.
  var prompts: [PromptTemplate] { get }

  /// The text, and the entries that are in it.
  func text(
    of selection: [Scored], for query: BankQuery, in bank: Bank, tokens: Int, with language: BankLanguage
  ) async throws -> Distilled
}

/// A recollection in the making.
public struct Distilled: Sendable, Hashable {
  public var text: String
  public var used: [MemoryEntry.ID]

  /// - Parameter used: in the order of the text.
  public init(_ text: String = "", used: [MemoryEntry.ID] = []) {
    self.text = text
    self.used = used
  }
}

/// The distillers by name.
public let distillers: [Catalog<any Distiller>.Entry] = [
  .init("lines", "each entry on a line, the best ones that fit, in the order of their time") { _ in LineDistiller() },
  .init("dated", "the same, with the time before each") { _ in LineDistiller(isDated: true) },
  .init("portrait", "profile and summaries first, then the entries", source: "MemoryBank, arXiv:2305.10250") { _ in
    PortraitDistiller()
  },
  .init("select", "the policy names the entries it relies on", source: "Memory-R1, arXiv:2508.19828") { _ in
    SelectingDistiller()
  },
  .init("fit", "each entry whole, as its summary or not at all", source: "SCM, arXiv:2304.13343") { _ in
    FittingDistiller()
  },
]

/// Each entry on a line. The best ones that fit are kept, and stand in the order of their time.
public struct LineDistiller: Distiller {
  private let isDated: Bool

  /// - Parameter isDated: whether the time stands before each.
  public init(isDated: Bool = false) { self.isDated = isDated }

  public var prompts: [PromptTemplate] { [] }

  public func text(
    of selection: [Scored], for query: BankQuery, in bank: Bank, tokens: Int, with language: BankLanguage
  ) async throws -> Distilled {
    bank.fitted(selection.map(\.id), tokens: tokens, language) { entry in
      (isDated ? "(\(Setting.exact(entry.recordedAt).line)) " : "") + entry.content.body.onOneLine
    }
  }
}

extension Bank {
  /// The first of a ranking that fit, each on its line, in the order of their time.
  func fitted(
    _ ranking: [MemoryEntry.ID], tokens: Int, _ language: BankLanguage, line: (MemoryEntry) -> String
  ) -> Distilled {
    var kept: [MemoryEntry] = []
    var cost = 0
    for entry in ranking.compactMap({ entries[$0] }) {
      let length = language.count(line(entry) + "\n")
      guard cost + length <= tokens else { continue }
      cost += length
      kept.append(entry)
    }
    while true {
      let ordered = kept.sorted { ($0.recordedAt, $0.id) < ($1.recordedAt, $1.id) }
      let text = ordered.map(line).joined(separator: "\n")
      // Counts need not add up to the last token where lines meet.
      if kept.isEmpty || language.count(text) <= tokens { return Distilled(text, used: ordered.map(\.id)) }
      kept.removeLast()
    }
  }
}

/// Core and profile first, within half of the length; then the newest summaries, within a quarter; then the entries.
public struct PortraitDistiller: Distiller {
  /// There is nothing to set.
  public init() {}
  public var prompts: [PromptTemplate] { [] }

  public func text(
    of selection: [Scored], for query: BankQuery, in bank: Bank, tokens: Int, with language: BankLanguage
  ) async throws -> Distilled {
    let pool = bank.pool(for: query).compactMap { bank.entries[$0] }.sorted {
      ($0.recordedAt, $0.id) > ($1.recordedAt, $1.id)
    }
    var page = Distilled()
    var left = tokens
    func add(_ ids: [MemoryEntry.ID], within share: Int) {
      let known = Set(page.used)
      let part = bank.fitted(ids.filter { !known.contains($0) }, tokens: min(share, left), language) {
        $0.content.body.onOneLine
      }
      guard !part.text.isEmpty else { return }
      page = Distilled(page.text.isEmpty ? part.text : page.text + "\n" + part.text, used: page.used + part.used)
      left = tokens - language.count(page.text + "\n")
    }
    add(pool.filter { [.core, .profile].contains($0.content.kind) }.map(\.id), within: tokens / 2)
    add(pool.filter { $0.content.kind == .summary }.map(\.id), within: tokens / 4)
    add(selection.map(\.id), within: tokens)
    return page
  }
}

/// Memory-R1's distillation: the policy names the entries that it relies on; without a valid reply all are shown.
public struct SelectingDistiller: Distiller {
  /// There is nothing to set.
  public init() {}
  public var prompts: [PromptTemplate] { [BankPrompts.select] }

  public func text(
    of selection: [Scored], for query: BankQuery, in bank: Bank, tokens: Int, with language: BankLanguage
  ) async throws -> Distilled {
    let shown = selection.compactMap { bank.entries[$0.id] }
    guard !shown.isEmpty else { return Distilled() }
    let chosen = try await language.selection(for: query.text, among: shown)
    let ids = chosen.map { chosen in selection.map(\.id).filter { chosen.contains($0) } } ?? selection.map(\.id)
    return bank.fitted(ids, tokens: tokens, language) { $0.content.body.onOneLine }
  }
}

/// SCM's fit: entries whole as long as they fit; then, from the least similar one on, their summary (the context, else
/// the first words), then nothing.
///
/// The released loop never ends where all summaries exceed the budget; ours drops the least similar until it fits.
public struct FittingDistiller: Distiller {
  /// There is nothing to set.
  public init() {}
  public var prompts: [PromptTemplate] { [] }

  /// How an entry stands in the recollection.
  enum Form: Sendable, Hashable { case raw, summary, dropped }

  public func text(
    of selection: [Scored], for query: BankQuery, in bank: Bank, tokens: Int, with language: BankLanguage
  ) async throws -> Distilled {
    let entries = selection.compactMap { bank.entries[$0.id] }
    func text(_ entry: MemoryEntry, _ form: Form) -> String {
      switch form {
      case .raw: entry.content.body.onOneLine
      case .summary: Self.summary(of: entry, language)
      case .dropped: ""
      }
    }
    let forms = Self.forms(
      raw: entries.map { language.count(text($0, .raw) + "\n") },
      summary: entries.map { language.count(text($0, .summary) + "\n") }, budget: tokens)
    let shown = zip(entries, forms).filter { $0.1 != .dropped }
      .sorted { ($0.0.recordedAt, $0.0.id) < ($1.0.recordedAt, $1.0.id) }
    return Distilled(
      language.cut(shown.map { text($0.0, $0.1) }.joined(separator: "\n"), to: tokens), used: shown.map(\.0.id))
  }

  private static func summary(of entry: MemoryEntry, _ language: BankLanguage) -> String {
    let short = entry.content.context.isEmpty ? entry.content.body : entry.content.context
    return language.cut(short.onOneLine, to: max(entry.content.tokens / 4, 8))
  }

  /// The tokens of each entry in its form, the most similar one first.
  package static func costs(raw: [Int], summary: [Int], budget: Int) -> [Int] {
    zip(forms(raw: raw, summary: summary, budget: budget), raw.indices).map { form, place in
      switch form {
      case .raw: raw[place]
      case .summary: summary[place]
      case .dropped: 0
      }
    }
  }

  /// The form of each entry, the most similar one first. It ends for every budget, and the most similar entry is the
  /// last to be dropped.
  static func forms(raw: [Int], summary: [Int], budget: Int) -> [Form] {
    var forms = [Form](repeating: .raw, count: raw.count)
    var cost = raw.reduce(0, +)
    for (form, place) in [Form.summary, .dropped].flatMap({ form in raw.indices.reversed().map { (form, $0) } }) {
      guard cost > budget else { break }
      let now = forms[place] == .raw ? raw[place] : summary[place]
      let next = form == .summary ? min(summary[place], now) : 0
      cost += next - now
      if form == .dropped || summary[place] < now { forms[place] = form }
    }
    return forms
  }
}
