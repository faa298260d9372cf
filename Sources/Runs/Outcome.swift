import Foundation
import Palimpsest
import Verifiers

/// The result of one question: a line of `verdicts.jsonl`.
public struct Outcome: Codable, Sendable {
  /// The question's id.
  public var id: String
  /// Questions of one cluster are resampled together.
  public var cluster: String
  /// `finished`, `exited`, `failed`.
  public var end: String
  /// Why the reading failed; nil where it did not.
  public var reason: String?
  /// By metric; what a verifier counts beside its score stands behind the metric's name, `judgeTokensRead`.
  public var scores: [String: Double]
  /// By metric, where a verifier says more than a score.
  public var notes: [String: String]
  /// Whether an accepted answer stands in the final memory; nil without accepted answers, and where the memory
  /// does not show it.
  public var memoryHolds: Bool?
  /// True where that could not be seen, because the memory holds vectors or rows; else absent.
  public var memoryIsUnseen: Bool?
  /// Whether a call had to be made again.
  public var retried: Bool
  /// Chunks that were read.
  public var steps: Int
  /// The chunk at which the gate said exit.
  public var exitStep: Int?
  /// Steps that changed the memory.
  public var updates: Int
  /// Replies that broke their form.
  public var malformed: Int
  /// Tokens of all prompts.
  public var tokensRead: Int
  /// Tokens of all replies.
  public var tokensGenerated: Int
  /// Those among the tokens read that are of recall and answer, once the text was read; absent in older runs.
  public var answerTokensRead: Int?
  /// Those among the tokens generated that are of recall and answer; absent in older runs.
  public var answerTokensGenerated: Int?
  /// Bytes of prompts for which the policy's vocabulary has no token; absent where there were none.
  public var lostBytes: Int?
  /// Tokens that the final memory takes in a prompt.
  public var memoryTokens: Int
  /// Bytes of the final memory.
  public var memoryBytes: Int
  /// Wall time of the reading. It is not part of any comparison.
  public var seconds: Double

  init(_ trace: Trace, _ verdicts: [String: Verdict]) {
    id = trace.question.id
    cluster = trace.question.cluster
    switch trace.end {
    case .reading: end = "reading"
    case .finished: end = "finished"
    case .exited: end = "exited"
    case .failed(let why, _):
      end = "failed"
      reason = why
    }
    scores = verdicts.reduce(into: [:]) { scores, verdict in
      scores[verdict.key] = verdict.value.score
      for (name, count) in verdict.value.counts {
        scores[verdict.key + name.prefix(1).uppercased() + name.dropFirst()] = count
      }
    }
    notes = verdicts.compactMapValues { $0.note.isEmpty ? nil : $0.note }
    memoryHolds = trace.memoryHolds
    memoryIsUnseen = memoryHolds == nil && !trace.hasTextAlone ? true : nil
    retried = trace.tally.retries > 0
    steps = trace.tally.steps
    exitStep = trace.end == .exited ? trace.steps.last?.chunk.index : nil
    updates = trace.tally.updates
    malformed = trace.tally.malformed
    tokensRead = trace.tally.usage.read
    tokensGenerated = trace.tally.usage.generated
    let answering = trace.answer.map { $0.recalls + [$0.exchange] } ?? []
    answerTokensRead = answering.reduce(0) { $0 + $1.reply.usage.read }
    answerTokensGenerated = answering.reduce(0) { $0 + $1.reply.usage.generated }
    lostBytes = trace.tally.usage.lostBytes
    memoryTokens = trace.state?.tokens ?? 0
    memoryBytes = trace.state?.bytes ?? 0
    seconds = trace.tally.seconds
  }

  /// Whether it counts as failed, with score 0.
  public var hasFailed: Bool { end == "failed" }
}
