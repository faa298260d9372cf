import Palimpsest

/// One page of text that is rewritten at every chunk.
///
/// The policy is shown the question, the page and the chunk, and its reply becomes the page. Text
/// that the reply does not repeat is lost: that is the bound, and the risk.
///
/// Signals: `truncated` is 1 where the reply ran into the budget. It is cut there and used as it
/// is, without penalty or retry.
///
/// Source: MemAgent (arXiv:2507.02259).
public struct OverwriteMemory: Memory {
  /// The page's length and the rules for replies; all have defaults.
  public struct Settings: Codable, Sendable {
    /// Length of the page, in tokens.
    public var tokens = 1024
    /// The effect of an empty reply.
    public var empty = Page.Empty.keep
    /// Tokens a reply may spend on reasoning, before `</think>`, on top of the page.
    public var thinking = 0

    /// A page of 1,024 tokens without tokens for reasoning by default.
    public init(tokens: Int = 1024, empty: Page.Empty = .keep, thinking: Int = 0) {
      self.tokens = tokens
      self.empty = empty
      self.thinking = thinking
    }
  }

  /// One text slot, id 0: the page.
  public var state: MemoryState
  private let page: Page
  private let thinking: Int
  private let templates: PageTemplates

  /// - Parameter templates: replace the built-in prompts, byte for byte.
  public init(
    _ settings: Settings = Settings(), tokenizer: any Tokenizer = WordTokenizer(),
    templates: PromptTemplates = PromptTemplates()
  ) {
    page = Page(tokens: settings.tokens, tokenizer: tokenizer, empty: settings.empty)
    thinking = settings.thinking
    self.templates = Self.templates.replaced(by: templates)
    state = page.blank
  }

  /// One for a question, one for a text that is read without one.
  public var prompts: [PromptTemplate] { templates.all }

  /// One call, whose reply replaces the page.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let held = recall(for: Cue(question, before: chunk), with: caller)
    let reply = try await caller.reply(
      to: templates.filled(for: question, memory: held, section: chunk),
      sampling: .draft(of: page.tokens, thinking: thinking))

    let text = Page.withoutThinking(reply.text)
    let (edit, isCut) = page.edit(to: text, from: [chunk.index], because: "rewrite")
    let ranOut = isCut || reply.finish == .length
    return Draft(edits: [edit], signals: Signals(truncated: ranOut ? 1 : 0))
  }

  /// The page as text, or `nothing` before the first write.
  public func recall(for cue: Cue, with caller: Caller) -> Recollection { Page.recollection(of: state) }
}

extension Sampling {
  /// The sampling of a memory's call while reading: one call per chunk, in the session of its
  /// question.
  package static func draft(of tokens: Int, thinking: Int = 0) -> Sampling {
    Sampling(maxTokens: tokens + thinking, page: tokens)
  }
}
