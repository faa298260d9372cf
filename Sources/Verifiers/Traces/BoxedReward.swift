import Palimpsest

/// The reward MemAgent is trained on: the last box within the last 300 code points equals a gold
/// after a light clean-up of LaTeX. Stricter than exact match: articles and punctuation count.
///
/// Source: MemAgent (arXiv:2507.02259), its released reward.
public struct BoxedReward: Verifier {
  public init() {}

  /// Score 0 or 1.
  /// - Throws: `VerifierError.noAnswers` for a question without accepted answers.
  public func verify(_ trace: Trace) throws -> Verdict {
    let question = trace.question
    guard !question.answers.isEmpty else { throw VerifierError.noAnswers(question: question.id) }
    guard let reply = try trace.reply() else { return trace.failureVerdict() }
    return Verdict(try MemAgent.reward(reply, golds: question.answers))
  }
}

/// The accepted answers that the reply contains, regardless of letter case: their share where all
/// are wanted, as in RULER's needle tasks; else 1 when any is there. A box counts by its content, so no answer is
/// found in the word `boxed`.
///
/// Source: RULER (arXiv:2404.06654), `string_match_all` and `string_match_part` of one item.
public struct Includes: Verifier {
  /// Whether all accepted answers are wanted, or any.
  public enum Mode: String, Choice { case all, part }

  /// Which answers are wanted.
  public struct Settings: Codable, Sendable {
    /// `all` scores the share found, `part` scores 1 where any is found.
    public var mode = Mode.all
    /// All accepted answers are wanted by default.
    public init(mode: Mode = .all) { self.mode = mode }
  }

  /// Which answers are wanted.
  public var settings: Settings

  /// All accepted answers are wanted by default.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// A share, 0...1.
  /// - Throws: `VerifierError.noAnswers` for a question without accepted answers.
  public func verify(_ trace: Trace) throws -> Verdict {
    let question = trace.question
    guard !question.answers.isEmpty else { throw VerifierError.noAnswers(question: question.id) }
    guard let reply = try trace.reply() else { return trace.failureVerdict() }
    let text = RULER.postprocess(AnswerExtraction.unboxed(reply))
    switch settings.mode {
    case .all: return Verdict(try RULER.matchAll(text, golds: question.answers))
    case .part: return Verdict(try RULER.matchPart(text, golds: question.answers))
    }
  }
}
