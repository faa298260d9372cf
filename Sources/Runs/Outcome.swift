import Foundation
import Palimpsest
import Verifiers

/// What one question came to: a line of `verdicts.jsonl`.
public struct Outcome: Codable, Sendable {
  public var id: String
  public var cluster: String
  /// `finished`, `exited`, `failed`.
  public var end: String
  public var reason: String?
  public var scores: [String: Double]
  public var notes: [String: String]
  /// Whether an accepted answer stands in the final memory; nil without accepted answers.
  public var memoryHolds: Bool?
  /// Whether a call had to be made again.
  public var retried: Bool
  public var steps: Int
  /// The chunk at which the gate said exit.
  public var exitStep: Int?
  public var updates: Int
  public var malformed: Int
  public var tokensRead: Int
  public var tokensGenerated: Int
  /// What the final memory costs the reader of a prompt, and in bytes.
  public var memoryTokens: Int
  public var memoryBytes: Int
  /// Wall time of the reading. No part of any comparison.
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
    scores = verdicts.mapValues(\.score)
    notes = verdicts.compactMapValues { $0.note.isEmpty ? nil : $0.note }
    memoryHolds = trace.memoryHolds
    retried = trace.tally.retries > 0
    steps = trace.tally.steps
    exitStep = trace.end == .exited ? trace.steps.last?.chunk.index : nil
    updates = trace.tally.updates
    malformed = trace.tally.malformed
    tokensRead = trace.tally.usage.read
    tokensGenerated = trace.tally.usage.generated
    memoryTokens = trace.state?.tokens ?? 0
    memoryBytes = trace.state?.bytes ?? 0
    seconds = trace.tally.seconds
  }

  public var hasFailed: Bool { end == "failed" }
}
