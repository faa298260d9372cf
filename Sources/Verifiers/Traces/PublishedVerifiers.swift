import Palimpsest

/// Which part of a reply a benchmark's rule is applied to.
public enum ScoredPart: String, Choice {
  /// The answer in the reply, where all our verifiers look for it: the last box, else what follows "the answer is",
  /// else the whole reply.
  case answer
  /// The whole reply, as in the benchmark's own code.
  case whole

  func text(of reply: String) -> String { self == .whole ? reply : AnswerExtraction.prediction(in: reply) }
}

/// Which rule of a benchmark's own is applied, and to what.
public struct BenchmarkRule: Codable, Sendable {
  /// The benchmark's name of a task; empty takes the question's trait `variety`.
  public var variety = ""
  /// What the rule is applied to.
  public var on = ScoredPart.answer

  /// The question's own task by default.
  public init(variety: String = "", on: ScoredPart = .answer) {
    self.variety = variety
    self.on = on
  }

  func variety(of question: Question) -> String {
    variety.isEmpty ? question.traits["variety"] ?? "" : variety
  }
}

extension Trace {
  /// The reply and the first accepted answer; a verdict where the reading failed.
  fileprivate func replyAndGold() throws -> (reply: String, gold: String)? {
    guard let gold = question.answers.first else { throw VerifierError.noAnswers(question: question.id) }
    return try reply().map { ($0, gold) }
  }
}

/// BABILong's rule: the target is the only label of its bAbI task that the reply mentions, labels in the question
/// aside. The task is the question's trait `variety`, unless the settings name it.
///
/// Source: BABILong (arXiv:2406.10149), `compare_answers`.
public struct BABILongVerifier: Verifier {
  /// The bAbI task, and what is scored.
  public var settings: BenchmarkRule

  /// The question's own task by default.
  public init(_ settings: BenchmarkRule = BenchmarkRule()) { self.settings = settings }

  /// Score 0 or 1.
  /// - Throws: `VerifierError` for a question without accepted answers or without a task of bAbI.
  public func verify(_ trace: Trace) throws -> Verdict {
    guard let (reply, gold) = try trace.replyAndGold() else { return trace.failureVerdict() }
    let question = trace.question
    let variety = settings.variety(of: question)
    guard BABILong.labels[variety] != nil else {
      throw VerifierError.wrongForm(
        question: question.id, verifier: "babilong",
        reason: "its task '\(variety)' is none of qa1 to qa20; set variety, or use the task babilong")
    }
    let text = settings.on.text(of: reply)
    let isRight = try BABILong.compare(task: variety, target: gold, output: text, question: question.ask)
    return Verdict(isRight ? 1 : 0, note: text)
  }
}

/// LongBench v2's rule: the letter in "The correct answer is (B)", else in "The correct answer is B", asterisks
/// removed. A short answer (`B`, `(B)`, `B) text`) counts as well unless the whole reply is scored, as in the
/// original. The first accepted answer is the letter.
///
/// Source: LongBench v2 (arXiv:2412.15204), `extract_answer`.
public struct ChoiceVerifier: Verifier {
  /// What is scored, and the credit of a reply without a letter.
  public struct Settings: Codable, Sendable {
    /// `whole` takes the original's sentence alone.
    public var on = ScoredPart.answer
    /// The score of a reply in which no letter is found; the original's compensated accuracy has 0.25.
    public var unparsed = 0.0

    /// A reply without a letter scores 0 by default.
    public init(on: ScoredPart = .answer, unparsed: Double = 0) {
      self.on = on
      self.unparsed = unparsed
    }
  }

  /// What is scored, and the credit of a reply without a letter.
  public var settings: Settings

  /// A reply without a letter scores 0 by default.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Score 0 or 1, or `unparsed`.
  /// - Throws: `VerifierError` for a question whose first accepted answer is no letter of A to D.
  public func verify(_ trace: Trace) throws -> Verdict {
    guard let (reply, gold) = try trace.replyAndGold() else { return trace.failureVerdict() }
    guard ["A", "B", "C", "D"].contains(gold) else {
      throw VerifierError.wrongForm(
        question: trace.question.id, verifier: "choice",
        reason: "its first accepted answer is no letter of A to D; use em or f1")
    }
    let short = settings.on == .whole ? nil : LongBench.shortChoice(AnswerExtraction.prediction(in: reply))
    guard let letter = LongBench.extractChoice(reply) ?? short else {
      return Verdict(settings.unparsed, note: "no choice found")
    }
    return Verdict(letter == gold ? 1 : 0, note: letter)
  }
}

/// InfiniteBench's rule of the question's task: its trait `variety`, unless the settings name it. Accepted answers
/// are the label's elements in their order, as the task `infinitebench` gives them.
///
/// Source: InfiniteBench (arXiv:2402.13718), `compute_scores.py`.
public struct InfiniteBenchVerifier: Verifier {
  /// The task, and what is scored.
  public var settings: BenchmarkRule

  /// The question's own task by default.
  public init(_ settings: BenchmarkRule = BenchmarkRule()) { self.settings = settings }

  /// A share, 0...1.
  /// - Throws: `VerifierError` for a question without accepted answers or without a task; `PythonError` where the
  ///   original raises.
  public func verify(_ trace: Trace) throws -> Verdict {
    guard let (reply, _) = try trace.replyAndGold() else { return trace.failureVerdict() }
    let question = trace.question
    let variety = settings.variety(of: question)
    guard InfiniteBench.tasks.contains(variety) else {
      throw VerifierError.wrongForm(
        question: question.id, verifier: "infinitebench",
        reason: "'\(variety)' is none of its tasks; set variety, or use the task infinitebench")
    }
    guard let label = Self.label(question.answers, of: variety) else {
      throw VerifierError.wrongForm(
        question: question.id, verifier: "infinitebench",
        reason:
          "the answers of \(variety) are numbers, and its own are \(question.answers.joined(separator: ", ").prefix(60))"
      )
    }
    let text = settings.on.text(of: reply)
    return Verdict(try InfiniteBench.score(task: variety, prediction: text, label: label), note: text)
  }

  /// The label as the file of the task has it; nil where a number is wanted and there is none.
  private static func label(_ answers: [String], of variety: String) -> Setting? {
    switch variety {
    case "kv_retrieval", "longbook_sum_eng": return .string(answers[0])
    case "code_run": return Int(answers[0]).map { .int($0) }
    case "math_find": return Int(answers[0]).map { .int($0) } ?? Double(answers[0]).map { .number($0) }
    case "math_calc":
      let numbers = answers.compactMap { Int($0) }
      return numbers.count == answers.count ? .list(numbers.map { .int($0) }) : nil
    default: return .list(answers.map { .string($0) })
    }
  }
}

/// ROUGE-L's F1 of the answer against the accepted ones, the best of them.
///
/// Source: NarrativeQA (arXiv:1712.07040); ROUGE (Lin 2004) as the package `rouge-score` computes it, without stemming.
public struct RougeVerifier: Verifier {
  /// How lines are taken.
  public enum Form: String, Choice {
    /// Both texts as one line, `rougeL`.
    case l
    /// Line by line, `rougeLsum`, for summaries.
    case lsum
  }

  /// How lines are taken, and what is scored.
  public struct Settings: Codable, Sendable {
    /// `l` for answers, `lsum` for summaries.
    public var form = Form.l
    /// What is compared with the accepted answers.
    public var on = ScoredPart.answer

    /// ROUGE-L by default.
    public init(form: Form = .l, on: ScoredPart = .answer) {
      self.form = form
      self.on = on
    }
  }

  /// How lines are taken, and what is scored.
  public var settings: Settings

  /// ROUGE-L by default.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// A share, 0...1.
  /// - Throws: `VerifierError.noAnswers` for a question without accepted answers.
  public func verify(_ trace: Trace) throws -> Verdict {
    guard let (reply, _) = try trace.replyAndGold() else { return trace.failureVerdict() }
    let text = settings.on.text(of: reply)
    let scores = trace.question.answers.map {
      settings.form == .l ? ROUGE.l(text, gold: $0) : ROUGE.lSum(text, gold: $0)
    }
    return Verdict(scores.max() ?? 0, note: text)
  }
}
