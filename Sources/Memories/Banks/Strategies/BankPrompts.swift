import Palimpsest

/// The prompts of the strategies, and the grammar of each reply. Our own wording; settings replace it by name.
enum BankPrompts {
  static let extract = PromptTemplate(
    "bankExtract", form: Prompt.Form(rawValue: "bankFacts"),
    """
    Write down what the section says that may be asked later: one fact a line, each complete by itself, with names \
    instead of pronouns. Reply with the word none if there is nothing.

    <section>
    {section}
    </section>

    Facts:
    """)

  static let relation = PromptTemplate(
    "bankRelation", form: Prompt.Form(rawValue: "bankRelation", sample: "independent"),
    """
    Compare a new statement with an old one. Reply with one word: same, elaborates, contradicts or independent.

    <memory>
    {memory}
    </memory>

    <problem>
    {problem}
    </problem>

    Relation:
    """)

  static let fuse = PromptTemplate(
    "bankFuse", form: Prompt.Form(rawValue: "bankFuse"),
    """
    Write one statement that says all that the statements below say.

    <memory>
    {memory}
    </memory>

    Statement:
    """)

  static let operations = PromptTemplate(
    "bankOperations", form: Prompt.Form(rawValue: "bankOperations", sample: "ADD {text}"),
    """
    You keep a memory of entries. Decide what a new fact changes. Reply with one line for each change:
    ADD text
    UPDATE id text (keeps the old information too)
    DELETE id (only if the new fact contradicts it)
    NOOP (it is known already)

    <memory>
    {memory}
    </memory>

    <problem>
    {problem}
    </problem>

    Changes:
    """)

  static let stores = PromptTemplate(
    "bankStores", form: Prompt.Form(rawValue: "bankStores", sample: "INSERT fact {text}"),
    """
    You keep three stores: core (one short text about the user), fact (general statements) and event (what happened, \
    with its time). Read the section and reply with one line for each change, or with the word done:
    INSERT fact text
    INSERT event text
    UPDATE core text
    UPDATE id text
    DELETE id

    <memory>
    {memory}
    </memory>

    <section>
    {section}
    </section>

    Changes:
    """)

  static let annotate = PromptTemplate(
    "bankAnnotate",
    form: Prompt.Form(rawValue: "bankAnnotate", sample: "keywords: {text}\ntags: note\ncontext: {text}"),
    """
    Describe the note in three lines:
    keywords: at least three, the most important one first, separated by commas
    tags: at least three, separated by commas
    context: one sentence

    <problem>
    {problem}
    </problem>

    Description:
    """)

  static let evolve = PromptTemplate(
    "bankEvolve", form: Prompt.Form(rawValue: "bankEvolve", sample: "LINK"),
    """
    A new note joins the notes below. Reply with the lines that apply, or with the word none:
    LINK ids, separated by commas, of the notes it belongs together with
    TAGS tags of the new note, separated by commas
    CONTEXT id a new sentence of context for that note

    <memory>
    {memory}
    </memory>

    <problem>
    {problem}
    </problem>

    Lines:
    """)

  static let summarise = PromptTemplate(
    "bankSummarise", form: Prompt.Form(rawValue: "bankSummary"),
    """
    Summarise the entries in a few sentences; keep names, numbers and times.

    <memory>
    {memory}
    </memory>

    Summary:
    """)

  static let profile = PromptTemplate(
    "bankProfile", form: Prompt.Form(rawValue: "bankSummary"),
    """
    Describe the person who speaks in the entries: traits, tastes, habits. A few sentences.

    <memory>
    {memory}
    </memory>

    Description:
    """)

  static let topics = PromptTemplate(
    "bankTopics", form: Prompt.Form(rawValue: "bankTopics", sample: "none"),
    """
    List the topics of the conversation, one a line: a short summary, then the ids of the turns it comes from:
    summary | ids, separated by commas
    Reply with the word none if there is nothing to keep.

    <memory>
    {memory}
    </memory>

    Topics:
    """)

  static let concepts = PromptTemplate(
    "bankConcepts", form: Prompt.Form(rawValue: "bankConcepts", sample: "none"),
    """
    What can be learned from the section for other tasks? Reply with one line for each lesson, or with the word none:
    name | when it applies | what to do

    <section>
    {section}
    </section>

    Lessons:
    """)

  static let files = PromptTemplate(
    "bankFiles", form: Prompt.Form(rawValue: "bankFiles", sample: "SUMMARY {text}"),
    """
    You work on files of numbered lines. Do what the section asks. Reply with the changes, or with the word done:
    FILE path
    - n: text of the line n that goes
    + n: text of the new line n
    SUMMARY what is done by now

    <memory>
    {memory}
    </memory>

    <section>
    {section}
    </section>

    Changes:
    """)

  static let answerable = PromptTemplate(
    "bankAnswerable", form: Prompt.Form(rawValue: "bankChoice", sample: "yes"),
    """
    Can the question be answered from the text alone? Reply with yes or no.

    <memory>
    {memory}
    </memory>

    <problem>
    {problem}
    </problem>

    Reply:
    """)

  static let select = PromptTemplate(
    "bankSelect", form: Prompt.Form(rawValue: "bankIDs", sample: "none"),
    """
    Which entries are needed for the question? Reply with their ids, separated by commas, or with the word none.

    <memory>
    {memory}
    </memory>

    <problem>
    {problem}
    </problem>

    Ids:
    """)
}

extension BankLanguage {
  /// The statements of a section, one a line.
  func facts(in section: Chunk, tokens: Int) async throws -> [String] {
    let reply = try await reply(to: BankPrompts.extract, section: section, tokens: tokens)
    if reply.lowercased() == "none" { return [] }
    let lines = reply.trimmedLines.map { Self.withoutBullet($0) }.filter { !$0.isEmpty }
    return value(lines.isEmpty ? .malformed("no fact and no 'none'") : .ok(lines)) ?? []
  }

  /// How a new statement stands to an old one.
  func relation(of new: String, to old: MemoryEntry) async throws -> EntryRelation? {
    let reply = try await reply(to: BankPrompts.relation, problem: new, memory: .text(old.content.body), tokens: 8)
    let word = reply.lowercased().filter(\.isLetter)
    return value(EntryRelation(rawValue: word).map { .ok($0) } ?? .malformed("'\(word.prefix(20))' is no relation"))
  }

  /// One text in the place of several.
  func fused(_ texts: [String], tokens: Int) async throws -> String? {
    try await text(BankPrompts.fuse, of: texts, tokens: tokens)
  }

  /// A summary of entries; nil where the reply is empty.
  func summary(of entries: [MemoryEntry], by template: PromptTemplate, tokens: Int) async throws -> String? {
    try await text(template, of: entries.map(\.line), tokens: tokens)
  }

  private func text(_ template: PromptTemplate, of lines: [String], tokens: Int) async throws -> String? {
    let reply = try await reply(to: template, memory: .text(lines.joined(separator: "\n")), tokens: tokens)
    return value(reply.isEmpty ? .malformed("an empty reply") : .ok(cut(reply, to: tokens)))
  }

  /// Whether a question can be answered from a text.
  func isAnswerable(_ question: String, from text: String) async throws -> Bool? {
    let reply = try await reply(to: BankPrompts.answerable, problem: question, memory: .text(text), tokens: 4)
    let word = reply.lowercased().filter(\.isLetter)
    return value(word == "yes" ? .ok(true) : word == "no" ? .ok(false) : .malformed("neither yes nor no"))
  }

  /// The entries that are needed for a question, among those shown.
  func selection(for question: String, among entries: [MemoryEntry]) async throws -> [MemoryEntry.ID]? {
    let reply = try await reply(
      to: BankPrompts.select, problem: question, memory: .text(entries.map(\.line).joined(separator: "\n")), tokens: 64)
    if reply.lowercased() == "none" { return [] }
    let shown = Set(entries.map(\.known))
    guard let ids = Self.ids(reply), ids.allSatisfy(shown.contains) else {
      return value(.malformed("ids that were not shown"))
    }
    return ids
  }

  /// Whole numbers between commas, with or without brackets; nil for anything else.
  static func ids(_ text: String) -> [Int]? {
    let parts = text.split(separator: ",").map { trimmed(String($0)).filter { $0 != "[" && $0 != "]" } }
    let ids = parts.compactMap { Int($0) }
    return ids.isEmpty || ids.count != parts.count ? nil : ids
  }

  static func list(_ text: some StringProtocol) -> [String] {
    text.split(separator: ",").map { trimmed(String($0)) }.filter { !$0.isEmpty }
  }

  /// A line without a bullet or a number in front.
  static func withoutBullet(_ line: String) -> String {
    var rest = line[...]
    while let first = rest.first, "-*•–".contains(first) || first.isWhitespace { rest.removeFirst() }
    return String(rest)
  }
}

/// How a new statement stands to an entry.
public enum EntryRelation: String, Choice { case same, elaborates, contradicts, independent }
