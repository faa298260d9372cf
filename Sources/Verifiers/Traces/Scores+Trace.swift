import Palimpsest
import Statistics

extension Scores.Item {
  /// Takes cluster, failure and retries from the trace.
  public init(_ trace: Trace, _ verdict: Verdict) {
    let failed = if case .failed = trace.end { true } else { false }
    self.init(
      id: trace.question.id, cluster: trace.question.cluster, score: verdict.score, failed: failed,
      retried: trace.tally.retries > 0, droppedUpstream: verdict.note == AnswerVerifier.droppedNote)
  }
}
