import MemoryOverwrite
import Palimpsest

/// A page whose reply also states whether it should be written and whether to read on.
///
/// The policy replies in four fields: a reason, whether the chunk is worth an update, the new page
/// in full, and whether to stop. The draft is that page. The two gates are signals, which
/// `RepliedGate` obeys and any other gate may overrule.
///
/// Signals: `update` and `exit`, 0 or 1 · `malformed` is 1 where the reply broke the form ·
/// `truncated` is 1 where it ran into a budget. A malformed reply writes nothing and keeps both gates shut unless the
/// grammar is lenient.
///
/// Source: GRU-Mem (arXiv:2602.10560).
public struct GatedMemory: Memory {
  /// The treatment of a reply that breaks the form.
  public enum Grammar: String, Choice {
    /// Both gates stay shut, nothing is written.
    case strict
    /// The fields that are there are used.
    case lenient
    /// The question fails.
    case abort
  }

  /// The page's length and the rules for replies; all have defaults.
  public struct Settings: Codable, Sendable {
    /// Length of the page, in tokens.
    public var tokens = 1024
    /// The effect of an empty page in an open update.
    public var empty = Page.Empty.keep
    /// Tokens a reply may spend on its other three fields, on top of the page.
    public var thinking = 512
    /// What a malformed reply does: write nothing, use the fields that are there, or fail the question.
    public var grammar = Grammar.strict

    /// A page of 1,024 tokens, 512 more for the other fields, and a strict grammar by default.
    public init(
      tokens: Int = 1024, empty: Page.Empty = .keep, thinking: Int = 512, grammar: Grammar = .strict
    ) {
      self.tokens = tokens
      self.empty = empty
      self.thinking = thinking
      self.grammar = grammar
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
    page = Page(tokens: settings.tokens, tokenizer: tokenizer, empty: settings.empty)
    self.settings = settings
    self.templates = Self.templates.replaced(by: templates)
    state = page.blank
  }

  /// One for a question, one for a text that is read without one.
  public var prompts: [PromptTemplate] { templates.all }

  /// One call. The edit rewrites the page; the signals are those of the reply's fields.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let held = recall(for: Cue(question, before: chunk), with: caller)
    let reply = try await caller.reply(
      to: templates.filled(for: question, memory: held, section: chunk),
      sampling: .draft(of: settings.tokens, thinking: settings.thinking))
    return try draft(from: reply, at: chunk)
  }

  public func recall(for cue: Cue, with caller: Caller) -> Recollection { Page.recollection(of: state) }

  private func draft(from reply: Reply, at chunk: Chunk) throws -> Draft {
    var draft = Draft(signals: Signals(truncated: reply.finish == .length ? 1 : 0))
    do {
      draft.fill(from: try GatedReply(strict: reply.text), on: page, at: chunk, malformed: 0)
    } catch let fault {
      switch settings.grammar {
      case .strict:
        draft.signals = Signals(update: 0, exit: 0, malformed: 1, truncated: draft.signals.truncated)
        draft.reason = "malformed: \(fault)"
      case .lenient:
        draft.fill(from: GatedReply(lenient: reply.text), on: page, at: chunk, malformed: 1)
      case .abort:
        throw GatedMemoryError.malformed(fault, chunk: chunk.index, attempts: reply.attempts)
      }
    }
    return draft
  }
}

extension Draft {
  fileprivate mutating func fill(from reply: GatedReply, on page: Page, at chunk: Chunk, malformed: Float) {
    signals.update = reply.update ? 1 : 0
    signals.exit = reply.exit ? 1 : 0
    signals.malformed = malformed
    reason = reply.reason
    // A shut gate may leave the page empty: then there is nothing any gate could write.
    guard reply.update || !reply.page.isEmpty else { return }
    let (edit, isCut) = page.edit(to: reply.page, from: [chunk.index], because: reply.reason)
    edits = [edit]
    if isCut { signals.truncated = 1 }
  }
}

/// Why a question fails at a reply, where the grammar is `abort`.
public enum GatedMemoryError: Refusal, Equatable {
  case malformed(GatedReply.Fault, chunk: Int, attempts: Int)

  /// Calls that the malformed reply took.
  public var attempts: Int {
    switch self {
    case .malformed(_, _, let attempts): attempts
    }
  }
  /// False: other questions may get well-formed replies.
  public var stopsRun: Bool { false }

  /// The model's reply is at fault, not a setting.
  public var exitClass: ExitClass { .failures }

  /// The chunk, the fault of the reply, and the setting that changes what it does.
  public var description: String {
    switch self {
    case .malformed(let fault, let chunk, _):
      "the reply at chunk \(chunk) is not in the gated form: \(fault); the setting grammar is abort, "
        + "so the question ends here (strict would have kept the gates shut)"
    }
  }
}
