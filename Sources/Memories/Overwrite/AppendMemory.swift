import Palimpsest

/// One page that is only ever added to; an addition that no longer fits is cut, and later additions
/// are lost.
///
/// The control for `OverwriteMemory`: nothing is lost once written, and nothing is written once the
/// page is full. A full page makes no more calls.
///
/// Signals: `truncated` is 1 where an addition did not fit.
public struct AppendMemory: Memory {
  /// Lengths in tokens, and whether the policy selects what is added.
  public struct Settings: Codable, Sendable {
    /// Length of the page, in tokens.
    public var tokens = 1024
    /// Whether the policy extracts what is worth adding from a chunk; otherwise the whole chunk is
    /// added.
    public var extract = true
    /// The longest a policy's addition may be, in tokens.
    public var addition = 128

    /// A page of 1,024 tokens and additions of at most 128, extracted by the policy, by default.
    public init(tokens: Int = 1024, extract: Bool = true, addition: Int = 128) {
      self.tokens = tokens
      self.extract = extract
      self.addition = addition
    }
  }

  /// One text slot, id 0: the page.
  public var state: MemoryState
  private let page: Page
  private let settings: Settings
  private let templates: PageTemplates

  /// - Parameter templates: replace the built-in prompts, byte for byte.
  public init(
    _ settings: Settings = Settings(), tokenizer: any Tokenizer = WordTokenizer(),
    templates: PromptTemplates = PromptTemplates()
  ) {
    page = Page(tokens: settings.tokens, tokenizer: tokenizer)
    self.settings = settings
    self.templates = Self.templates.replaced(by: templates)
    state = page.blank
  }

  /// One for a question, one for a text that is read without one.
  public var prompts: [PromptTemplate] { settings.extract ? templates.all : [] }

  /// At most one call; none once the page is full or where `extract` is false.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let room = page.tokens - state.tokens
    guard room > 0 else { return Draft(signals: Signals(truncated: 1)) }
    guard settings.extract else { return adding(chunk.text ?? "", from: chunk) }

    let held = recall(for: Cue(question, before: chunk), with: caller)
    let reply = try await caller.reply(
      to: templates.filled(for: question, memory: held, section: chunk),
      sampling: .draft(of: min(room, settings.addition)))
    return adding(Page.withoutThinking(reply.text), from: chunk)
  }

  /// The page as text, or `nothing` before the first write.
  public func recall(for cue: Cue, with caller: Caller) -> Recollection { Page.recollection(of: state) }

  private func adding(_ addition: String, from chunk: Chunk) -> Draft {
    var draft = Draft(signals: Signals(truncated: 0))
    let addition = Page.trimmed(Array(addition.utf8)[...])
    guard !addition.isEmpty else { return draft }

    let held = state[0]
    let text = held?.text.map { $0 + "\n" + addition } ?? addition
    let (edit, isCut) = page.edit(to: text, from: (held?.origins ?? []) + [chunk.index], because: "addition")
    if isCut { draft.signals.truncated = 1 }
    // Where not even a first token fits, the page stays as it is.
    if case .write(let slot, _) = edit, (slot.text ?? "").utf8.count > (held?.text ?? "").utf8.count {
      draft.edits = [edit]
    }
    return draft
  }
}
