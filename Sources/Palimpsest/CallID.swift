/// The identity of a call. Every random number, recording and log line of the call derives from it.
///
/// The reading loop makes it, never a memory. Two calls never share one: rollouts of one question
/// differ in `rollout`, chunks in `step`, several calls for one chunk in `call`.
public struct CallID: Sendable, Codable, Hashable {
  /// The purpose of a call.
  public enum Purpose: String, Sendable, Codable, CaseIterable {
    /// A memory drafts from a chunk.
    case draft
    /// The question is answered; calls of `Memory.recall` come first.
    case answer
    /// A verifier asks whether the answer is right, once the reading has ended.
    case grade
  }

  /// Id of the question.
  public var question: Question.ID
  /// The number of the reading among several of the same question, from 0.
  public var rollout: Int
  /// Index of the chunk; for the answer, the index behind the last chunk.
  public var step: Int
  /// The number of the call in its step, from 0.
  public var call: Int
  /// The purpose of a call.
  public var purpose: Purpose

  /// The defaults are the first call of a reading without a question.
  public init(
    question: Question.ID = "", rollout: Int = 0, step: Int = 0, call: Int = 0, purpose: Purpose = .draft
  ) {
    self.question = question
    self.rollout = rollout
    self.step = step
    self.call = call
    self.purpose = purpose
  }

  /// Random numbers of this call and no other.
  ///
  /// The first call of the first rollout draws what it drew before calls were numbered, so published
  /// runs can be repeated.
  ///
  /// - Parameters:
  ///   - seed: the run's.
  ///   - use: the use of the numbers; a call may need several independent streams.
  public func random(seed: UInt64, for use: String = "") -> SeededGenerator {
    var purpose = use.isEmpty ? purpose.rawValue : "\(use) \(purpose.rawValue)"
    if rollout > 0 { purpose += " rollout \(rollout)" }
    if call > 0 { purpose += " call \(call)" }
    return SeededGenerator(seed: seed, session: question, step: step, purpose: purpose)
  }
}

extension CallID: CustomStringConvertible {
  public var description: String {
    "question '\(question)', rollout \(rollout), step \(step), call \(call) (\(purpose.rawValue))"
  }
}
