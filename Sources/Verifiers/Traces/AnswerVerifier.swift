import Palimpsest

/// The rules that a score follows.
public enum Compatibility: String, Choice {
  /// Ours: every accepted answer counts, failures score 0, nothing is rounded or dropped.
  case none
  /// MemAgent's evaluation: the first gold only, its extraction, scores rounded to two decimals, and
  /// items with an empty reply left out of the mean (see `Scores.droppingEmptyReplies`).
  case memagent
}

/// Compares the answer of a trace with the accepted ones. A failed trace scores 0.
public struct AnswerVerifier: Verifier {
  /// How answer and accepted answers are compared.
  public enum Measure: String, Choice {
    /// SQuAD's exact match, the best over golds.
    case em
    /// HotpotQA's F1 (0 where one side is yes or no and the other differs), the best over golds.
    case f1
    /// MemAgent's containment in either direction, the best over golds.
    case subem
    /// Gold within prediction, on token borders.
    case subemStrict
  }

  /// Whether MemAgent's evaluation is reproduced, and how.
  public struct Settings: Codable, Sendable {
    /// `memagent` follows upstream: first gold only, rounded scores, dropped items noted.
    public var compat = Compatibility.none
    /// Where MemAgent's evaluation looks for the answer.
    public var extract = MemAgent.Extraction.boxed

    /// Our own rules by default, not upstream's.
    public init(compat: Compatibility = .none, extract: MemAgent.Extraction = .boxed) {
      self.compat = compat
      self.extract = extract
    }
  }

  /// The comparison.
  public var measure: Measure
  /// Whether and how MemAgent's evaluation is reproduced.
  public var settings: Settings

  /// The note of a verdict on an item that upstream leaves out of its mean.
  public static let droppedNote = "empty reply: upstream drops it from the denominator"

  /// Without settings nothing of upstream's rules is applied.
  public init(_ measure: Measure, _ settings: Settings = Settings()) {
    self.measure = measure
    self.settings = settings
  }

  /// - Throws: `VerifierError.noAnswers` for a question without accepted answers.
  public func verify(_ trace: Trace) throws -> Verdict {
    let question = trace.question
    guard !question.answers.isEmpty else { throw VerifierError.noAnswers(question: question.id) }
    guard let reply = try trace.reply() else { return trace.failureVerdict(dropped: settings.compat == .memagent) }
    if settings.compat == .memagent { return try compatible(reply, golds: question.answers) }
    let prediction = AnswerExtraction.prediction(in: reply)
    return Verdict(try score(prediction, golds: question.answers), note: prediction)
  }

  private func score(_ prediction: String, golds: [String]) throws(PythonError) -> Double {
    switch measure {
    case .em: try SQuAD.exactMatch(prediction, golds: golds)
    case .f1: try SQuAD.best(golds) { f1(prediction, $0) }
    // Upstream's rule for the items: nothing predicted, nothing right.
    case .subem: prediction.isEmpty ? 0 : try SQuAD.best(golds) { MemAgent.subEM(prediction, gold: $0) ? 1 : 0 }
    case .subemStrict: try SQuAD.best(golds) { MemAgent.subEMStrict(prediction, gold: $0) ? 1 : 0 }
    }
  }

  /// The unanswerable question's empty gold is met by the empty prediction, as in SQuAD 2.0.
  private func f1(_ prediction: String, _ gold: String) -> Double {
    let isEmpty = SQuAD.normalize(PythonText(gold)).isEmpty
    return isEmpty ? SQuAD.f1WithNoAnswer(prediction, gold: gold) : HotpotQA.f1(prediction, gold: gold).f1
  }

  private func compatible(_ reply: String, golds: [String]) throws -> Verdict {
    guard !reply.isEmpty else { return Verdict(0, note: Self.droppedNote) }
    // Where upstream's evaluator raises, its run stops; here the item scores 0 and says so.
    let item: MemAgent.Item
    do { item = try MemAgent.item(reply, golds: golds, extraction: settings.extract) } catch {
      return Verdict(0, note: "upstream raises: \(error)")
    }
    guard let prediction = item.prediction, !prediction.isEmpty else { return Verdict(0, note: "no answer found") }
    switch measure {
    case .em: return Verdict(item.exactMatch, note: prediction)
    case .f1: return Verdict(item.f1, note: prediction)
    case .subem: return Verdict(item.subEM, note: prediction)
    case .subemStrict:
      return Verdict(MemAgent.subEMStrict(prediction, gold: golds[0]) ? 1 : 0, note: prediction)
    }
  }
}

extension Trace {
  /// The reply; nil where the reading failed.
  ///
  /// - Throws: `VerifierError.notAnswered` where the reading has not ended.
  func reply() throws -> String? {
    if let answer { return answer.reply.text }
    guard case .failed = end else { throw VerifierError.notAnswered(question: question.id) }
    return nil
  }

  /// A failed question stays in the denominator with 0, except where upstream's rule is asked for.
  func failureVerdict(dropped: Bool = false) -> Verdict {
    guard case .failed(let reason, let attempts) = end else { return Verdict(0) }
    if dropped { return Verdict(0, note: AnswerVerifier.droppedNote) }
    return Verdict(0, note: "failed after \(attempts) attempts: \(reason)")
  }
}
