import Palimpsest

/// Replies by rules: the first rule that fits replies.
///
/// Rules see the holes of a prompt undisarmed (`prompt[.section]`), the form that is expected, and
/// where in the reading the call stands. They are pure, so the same call gets the same reply.
///
/// - Throws: `ScriptError.silent` where no rule replies.
public struct RulesPolicy: Policy {
  /// One function from prompt and sampling to a reply.
  public struct Rule: Sendable {
    /// Nil where the rule does not fit.
    public let reply: @Sendable (Prompt, Sampling, CallID) throws -> String?

    /// - Parameter reply: pure; nil where the rule does not fit.
    public init(_ reply: @escaping @Sendable (Prompt, Sampling, CallID) throws -> String?) { self.reply = reply }
  }

  /// Always `rules`.
  public let name = "rules"
  private let rules: [Rule]
  private let tokenizer: any Tokenizer

  /// - Parameter tokenizer: counts the tokens of prompts and replies.
  public init(_ rules: [Rule], tokenizer: any Tokenizer = WordTokenizer()) {
    self.rules = rules
    self.tokenizer = tokenizer
  }

  /// The reply of the first rule that fits.
  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
    for rule in rules {
      if let text = try rule.reply(prompt, sampling, call) {
        return .scripted(text, to: prompt, by: name, counting: tokenizer)
      }
    }
    throw ScriptError.silent(call)
  }
}
