import Palimpsest

/// Whether the final memory contains an accepted answer.
///
/// The text that counts is the recollection for the answer: the whole page, or the part within its
/// budget for a memory that holds more than it may recall (the control `bm25` holds the whole text).
///
/// Both are brought to SQuAD's normal form, and the answer's tokens must stand together, so "art" is
/// not held by "party". The text of a memory does not show whether it holds a "yes" or a "no": such
/// answers never count as held, and `Trace.memoryHolds` leaves out questions that have no others.
public struct MemoryHolds: Verifier {
  public init() {}

  /// Score 0 or 1.
  /// - Throws: `VerifierError.noAnswers` for a question without accepted answers, `noText` where the memory
  ///   holds more than text.
  public func verify(_ trace: Trace) throws -> Verdict {
    guard !trace.question.answers.isEmpty else { throw VerifierError.noAnswers(question: trace.question.id) }
    guard let holds = trace.memoryHolds else {
      guard trace.hasTextAlone else { throw VerifierError.noText(question: trace.question.id) }
      return Verdict(0, note: "a memory cannot be seen to hold \(trace.question.answers[0].prefix(20))")
    }
    return Verdict(holds ? 1 : 0)
  }

  /// Whether a text contains one of the answers; nil where none of them could be seen in a text.
  public static func holds(_ text: String, anyOf answers: [String]) -> Bool? {
    let sought = answers.map { SQuAD.normalize(PythonText($0)) }
      .filter { !$0.isEmpty && !HotpotQA.closed.contains($0) }
    guard !sought.isEmpty else { return nil }
    let text = SQuAD.normalize(PythonText(text))
    return sought.contains { MemAgent.holds(text, $0) }
  }
}

extension Trace {
  /// Whether the final memory contains an accepted answer. Where reading failed, the memory at that point counts.
  ///
  /// nil without answers that a text can show (none given, yes, no, or the empty one), and where the text does not
  /// show one but the memory holds vectors or rows as well, which have no words to compare.
  public var memoryHolds: Bool? {
    guard let holds = MemoryHolds.holds(recollection ?? state?.text ?? "", anyOf: question.answers) else { return nil }
    return holds || hasTextAlone ? holds : nil
  }

  /// Whether the memory holds nothing but text.
  public var hasTextAlone: Bool { state?.isText ?? true }
}
