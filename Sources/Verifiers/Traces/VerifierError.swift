import Palimpsest

/// The reasons why a verifier has no score.
public enum VerifierError: Failure, Equatable {
  case noAnswers(question: String)
  case notAnswered(question: String)
  case noText(question: String)
  case noEvidence(question: String)
  /// What the question is scored by is not known: a trait that its task would give, or an answer of another form.
  case wrongForm(question: String, verifier: String, reason: String)
  case stepsMissing(question: String, kept: Int, of: Int)

  /// Always the user's fault: the verifier does not fit the task or the trace.
  public var exitClass: ExitClass { .usage }

  /// The question, and what the verifier misses.
  public var description: String {
    switch self {
    case .noAnswers(let id):
      "question \(id) has no accepted answers, so no reply to it can be judged; give answers, or leave this verifier out"
    case .notAnswered(let id):
      "question \(id) has not been answered yet; resume the reading before it is judged"
    case .noText(let id):
      "the memory of question \(id) holds vectors or rows, so it cannot be seen whether it holds an answer; judge the reply instead"
    case .noEvidence(let id):
      "question \(id) does not say where its evidence lies, so its gates cannot be judged; use a task that does"
    case .wrongForm(let id, let verifier, let reason): "question \(id) cannot be judged by \(verifier): \(reason)"
    case .stepsMissing(let id, let kept, let all):
      "the trace of \(id) keeps \(kept) of \(all) steps, so single decisions cannot be judged; read with keeping: everyStep"
    }
  }
}
