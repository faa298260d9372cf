import Palimpsest

/// Asks a policy whether the reply means the same as an accepted answer: model-graded correctness.
///
/// The policy sees question, accepted answers and reply, never the memory, and says `yes` or `no`. A reply that says
/// neither, and a call that fails, are no grade: the score is 0, the count `ungraded` is 1, and the note says why. The
/// verdict's other counts are the tokens of the call, so that grading is paid for apart from reading and answering.
///
/// One judge is no measurement of its own: state its model and its prompt, and read a sample of its grades.
///
/// Source: the yes/no protocol of LongMemEval (arXiv:2410.10813); the wording of the prompt is ours.
public struct JudgeVerifier: Verifier {
  /// How a reply becomes a grade.
  public enum Rule: String, Choice {
    /// The whole reply is yes or no, whatever its case, its white space and a full stop behind it.
    case word
    /// Any reply with the letters "yes" in it is a yes, and any other a no: LongMemEval's own rule.
    case substring

    /// The grade; nil where the reply has none.
    func grade(_ reply: String) -> Bool? {
      let parts = PythonText(reply).split(by: "</think>")
      let text = parts[parts.count - 1].stripped().string.lowercased()
      switch self {
      case .word: return ["yes": true, "yes.": true, "no": false, "no.": false][text]
      case .substring: return text.contains("yes")
      }
    }
  }

  /// The settings of `judge`.
  public struct Settings: Codable, Sendable {
    /// The policy that judges; nil is the run's own, of a divided one its part `grade`.
    public var policy: Spec?
    /// The prompt, with the slots `{problem}`, `{answers}` and `{reply}`; nil is ours.
    public var prompt: String?
    /// How a reply becomes a grade.
    public var rule = Rule.word
    /// The longest the judge's reply may be, in tokens; a judge that thinks needs more.
    public var tokens = 16

    /// The run's own policy, our prompt, and a strict reading of the reply.
    public init() {}
  }

  /// What the judge is shown.
  public static let template = """
    Here are a question, its correct answer, and a reply. Does the reply give the correct answer? A reply in other \
    words, or with more than was asked, is correct as long as it gives that answer and does not contradict it. A reply \
    that gives only a part of the answer, or another one beside it, is not. Say yes or no, and nothing else.

    <question>
    {problem}
    </question>

    <answer>
    {answers}
    </answer>

    <reply>
    {reply}
    </reply>

    Is the reply correct?
    """

  private let policy: any Policy
  private let template: String
  private let rule: Rule
  private let tokens: Int

  /// - Parameters:
  ///   - policy: is asked once for each reading that has an answer.
  ///   - template: the prompt, with the slots `{problem}`, `{answers}` and `{reply}`.
  ///   - tokens: the longest the judge's reply may be.
  public init(policy: any Policy, template: String = Self.template, rule: Rule = .word, tokens: Int = 16) {
    self.policy = policy
    self.template = template
    self.rule = rule
    self.tokens = tokens
  }

  /// Score 0 or 1; counts `ungraded`, `tokensRead` and `tokensGenerated`.
  ///
  /// - Throws: `VerifierError.noAnswers`, `.notAnswered`; what the policy throws where it stops the run.
  public func verify(_ trace: Trace) async throws -> Verdict {
    let question = trace.question
    guard !question.answers.isEmpty else { throw VerifierError.noAnswers(question: question.id) }
    guard let reply = try trace.reply() else {
      var verdict = trace.failureVerdict()
      verdict.counts = counts(ungraded: false, Usage())
      return verdict
    }
    let call = CallID(question: question.id, rollout: trace.rollout, step: trace.nextIndex, purpose: .grade)
    do {
      let grade = try await policy.reply(
        to: prompt(question, reply), sampling: Sampling(maxTokens: tokens, temperature: 0), call: call)
      guard let isRight = rule.grade(grade.text) else {
        return ungraded("the judge says neither yes nor no: \(grade.text.prefix(60).debugDescription)", grade.usage)
      }
      return Verdict(
        isRight ? 1 : 0, note: "\(policy.name): \(isRight ? "yes" : "no")", counts: counts(ungraded: false, grade.usage)
      )
    } catch let refusal as any Refusal where !refusal.stopsRun {
      return ungraded("the judge did not reply: \(refusal)", refusal.spent)
    }
  }

  private func ungraded(_ reason: String, _ usage: Usage) -> Verdict {
    Verdict(0, note: reason, counts: counts(ungraded: true, usage))
  }

  private func counts(ungraded: Bool, _ usage: Usage) -> [String: Double] {
    [
      "ungraded": ungraded ? 1 : 0, "tokensRead": Double(usage.read), "tokensGenerated": Double(usage.generated),
    ]
  }

  /// Everything in a slot is foreign text, so no reply can close its tag or open another.
  private func prompt(_ question: Question, _ reply: String) -> Prompt {
    Prompt(
      template: template,
      slots: [
        "{problem}": { $0.appendInterpolation(question.ask, .problem) },
        "{answers}": {
          $0.appendInterpolation(question.answers.joined(separator: "\nor: "), Prompt.Hole(rawValue: "answers"))
        },
        "{reply}": { $0.appendInterpolation(reply, Prompt.Hole(rawValue: "reply")) },
      ]
    ).expecting(.grade)
  }
}

extension Prompt.Form {
  /// Whether a reply is right: yes or no.
  public static let grade = Prompt.Form(rawValue: "grade", sample: "yes")
}

/// The entry `judge`, whose policy is one of a catalogue.
public func judgeVerifier(of policies: Catalog<any Policy>) -> Catalog<any Verifier>.Entry {
  .init(
    "judge", "asks a policy whether the reply means an accepted answer", source: "LongMemEval, arXiv:2410.10813",
    defaults: JudgeVerifier.Settings()
  ) { settings, setup in
    func refuse(_ key: String, _ found: String, _ why: String) -> SettingError {
      .outOfRange("\(setup.path).\(key)", found: found, why: why)
    }
    guard settings.tokens > 0 else { throw refuse("tokens", "\(settings.tokens)", "a reply takes at least 1 token") }
    for slot in ["{problem}", "{answers}", "{reply}"] where settings.prompt?.contains(slot) == false {
      throw refuse("prompt", "without \(slot)", "the judge would never see it")
    }
    var inner = setup
    inner.path += ".policy"
    guard let policy = try settings.policy.map({ try policies.make($0, in: inner) }) ?? setup.policy else {
      throw refuse("policy", "null", "nothing is read here, so there is no policy of a run; name one")
    }
    return JudgeVerifier(
      policy: policy, template: settings.prompt ?? JudgeVerifier.template, rule: settings.rule, tokens: settings.tokens)
  }
}
