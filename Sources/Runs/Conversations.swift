import Basics
import Foundation
import Palimpsest
import TensorLogs
import Terminal
import TraceLogs

/// One conversation of a run, as trainers take it: what was read, what was drawn, how probable it was, and what the
/// trajectory earned. A reading is a trajectory of several conversations, one a chunk and one for the answer.
///
/// The keys are the columns of `palimpsest export`; docs/records.md has them in a table.
public struct Conversation: Codable, Sendable, Equatable {
  /// The question; the rollouts of one question are a group.
  public var question: String
  /// The reading: the question's id, with the rollout behind it where there are several.
  public var trajectory: String
  /// The number of the reading among several of the question, from 0.
  public var rollout: Int
  /// Questions over one document share a cluster.
  public var cluster: String
  /// The reading whose steps this one shares; nil where the steps are its own.
  public var reading: String?
  /// Index of the chunk; for the answer, the index behind the last chunk.
  public var step: Int
  /// The number of the call in its step.
  public var call: Int
  /// `draft` or `answer`.
  public var purpose: String
  /// The place of this conversation in its trajectory, from 0.
  public var turn: Int
  /// Conversations of the trajectory.
  public var turns: Int
  /// How the reading ended: `finished`, `exited`, `failed`, `reading`.
  public var end: String
  /// The trajectory's score by the chosen metric, 0 where the reading failed; nil where it was not judged.
  public var reward: Double?
  /// The trajectory's scores by metric.
  public var scores: [String: Double]
  /// The model, as the policy names it.
  public var model: String
  /// Token ids of the prompt; nil where the policy did not give them.
  public var promptIDs: [Int]?
  /// Token ids of the reply; nil where the policy did not give them.
  public var completionIDs: [Int]?
  /// For each token of the reply 1 where the policy drew it, 0 where it was put in.
  public var completionMask: [Int]?
  /// Log-probability of each token of the reply under the distribution it was drawn from; nil without them. A token
  /// whose value is not finite has none.
  public var logProbabilities: [Float?]?
  /// The prompt as text; nil in a trace that keeps its fingerprint alone.
  public var prompt: String?
  /// The reply as text.
  public var completion: String
  /// `stop`, `length`, `filtered`, `unknown`.
  public var finish: String
  /// Tokens of the prompt, all attempts together.
  public var tokensRead: Int
  /// Tokens of the reply, all attempts together.
  public var tokensGenerated: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case question, trajectory, rollout, cluster, reading, step, call, purpose, turn, turns, end, reward, scores, model
    case promptIDs = "prompt_ids"
    case completionIDs = "completion_ids"
    case completionMask = "completion_mask"
    case logProbabilities = "logprobs"
    case prompt, completion, finish
    case tokensRead = "tokens_read"
    case tokensGenerated = "tokens_generated"
  }

  /// The columns, from left to right.
  public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Every key, null where there is no value: readers of tables take columns from the first lines.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(question, forKey: .question)
    try container.encode(trajectory, forKey: .trajectory)
    try container.encode(rollout, forKey: .rollout)
    try container.encode(cluster, forKey: .cluster)
    try container.encode(reading, forKey: .reading)
    try container.encode(step, forKey: .step)
    try container.encode(call, forKey: .call)
    try container.encode(purpose, forKey: .purpose)
    try container.encode(turn, forKey: .turn)
    try container.encode(turns, forKey: .turns)
    try container.encode(end, forKey: .end)
    try container.encode(reward, forKey: .reward)
    try container.encode(scores, forKey: .scores)
    try container.encode(model, forKey: .model)
    try container.encode(promptIDs, forKey: .promptIDs)
    try container.encode(completionIDs, forKey: .completionIDs)
    try container.encode(completionMask, forKey: .completionMask)
    try container.encode(logProbabilities, forKey: .logProbabilities)
    try container.encode(prompt, forKey: .prompt)
    try container.encode(completion, forKey: .completion)
    try container.encode(finish, forKey: .finish)
    try container.encode(tokensRead, forKey: .tokensRead)
    try container.encode(tokensGenerated, forKey: .tokensGenerated)
  }
}

extension Conversation {
  /// The conversations of a trace, in the order of the calls.
  static func all(of trace: Trace, _ outcome: Outcome?, reward: String?) -> [Conversation] {
    let exchanges = trace.exchanges
    let end =
      switch trace.end {
      case .reading: "reading"
      case .finished: "finished"
      case .exited: "exited"
      case .failed: "failed"
      }
    let score = reward.flatMap { outcome?.scores[$0] }
    return exchanges.enumerated().map { turn, exchange in
      let reply = exchange.reply
      let hasTokens = !reply.tokens.isEmpty && !reply.promptTokens.isEmpty
      let drawn = reply.samplerLogProbabilities.isEmpty ? reply.logProbabilities : reply.samplerLogProbabilities
      let text = exchange.prompt.text
      return Conversation(
        question: trace.question.id, trajectory: trace.id, rollout: trace.rollout, cluster: trace.question.cluster,
        reading: trace.reading, step: exchange.call.step, call: exchange.call.call,
        purpose: exchange.call.purpose.rawValue, turn: turn, turns: exchanges.count, end: end,
        reward: end == "failed" && outcome != nil ? 0 : score, scores: outcome?.scores ?? [:], model: reply.model,
        promptIDs: hasTokens ? reply.promptTokens : nil, completionIDs: hasTokens ? reply.tokens : nil,
        completionMask: hasTokens
          ? (reply.mask.isEmpty ? reply.tokens.map { _ in 1 } : reply.mask.map { $0 ? 1 : 0 }) : nil,
        logProbabilities: hasTokens && drawn.count == reply.tokens.count
          ? drawn.map { $0.isFinite ? $0 : nil } : nil,
        prompt: text.isEmpty ? nil : text, completion: reply.text, finish: reply.finish.rawValue,
        tokensRead: reply.usage.read, tokensGenerated: reply.usage.generated)
    }
  }

  /// The conversation as a line of comma-separated values: lists and tables are JSON in quotes, null is empty.
  func csv() throws -> String {
    guard case .table(let table) = try Setting(describing: self) else { return "" }
    return Self.columns.map { name in
      switch table[name] ?? .null {
      case .null: ""
      case .string(let text): Self.field(text)
      case let value: Self.field(value.line)
      }
    }.joined(separator: ",")
  }

  /// RFC 4180. Nothing is put before a text that a spreadsheet would take for a formula: trainers need it unchanged.
  private static func field(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}

/// The conversations of a run, written one by one; a trace at a time is held.
public struct ConversationExport: Sendable {
  /// The form of the file.
  public enum Form: String, Choice { case jsonl, csv }

  /// What was written.
  public struct Report: Sendable, Equatable {
    /// Trajectories.
    public var trajectories = 0
    /// Conversations, a row each.
    public var conversations = 0
    /// Conversations without token ids, from which nothing can be learned.
    public var withoutTokens = 0
    /// Conversations with token ids and without a log-probability for each token.
    public var withoutLogProbabilities = 0
    /// Trajectories that were not judged.
    public var withoutReward = 0
    /// The metric that became the reward; nil where the run has none.
    public var reward: String?
  }

  private let traces: TraceFile
  private let outcomes: [String: Outcome]
  /// The metric that becomes the reward; nil where the run has none.
  public let reward: String?

  /// Metrics that are taken for the reward, the first one that the run has; else its first by name.
  public static let customaryRewards = ["rubric", "boxed", "em", "includes"]

  /// - Parameters:
  ///   - folder: the folder of a run.
  ///   - reward: the metric that becomes the reward; nil for the customary one.
  /// - Throws: `RunError.notARun` without traces, `.unreadable` where a question was judged twice;
  ///   `SettingError.unknownKind` for a metric that the run does not have.
  public init(of folder: URL, reward: String? = nil) throws {
    let file = folder.appending(path: "traces.jsonl")
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw RunError.notARun(
        folder.relativePath, reason: "it has no traces.jsonl; give the folder of a run, runs/NAME/RUN")
    }
    traces = TraceFile(file, tensors: HDF5Tensors(beside: file))
    var outcomes: [String: Outcome] = [:]
    let verdicts = folder.appending(path: "verdicts.jsonl")
    if FileManager.default.fileExists(atPath: verdicts.path) {
      try Outcome.forEach(in: verdicts) { outcome in
        guard outcomes.updateValue(outcome, forKey: outcome.id) == nil else {
          throw RunError.unreadable(verdicts.relativePath, reason: "the question \(outcome.id) stands there twice")
        }
      }
    }
    let known = Set(outcomes.values.flatMap(\.scores.keys)).sorted()
    if let reward, !known.contains(reward) {
      throw SettingError.unknownKind(of: "metric", reward, nearest: nearest(to: reward, among: known), known: known)
    }
    self.outcomes = outcomes
    self.reward = reward ?? Self.customaryRewards.first { known.contains($0) } ?? known.first
  }

  /// Writes every conversation of every trace.
  ///
  /// - Parameter needsTokens: whether a conversation without token ids or log-probabilities is an error; replies
  ///   without a token are left out then.
  /// - Throws: `RunError.unwritable`; `TraceLogError` for a file that is none of traces; `SampleError`.
  @discardableResult
  public func write(to path: String, as form: Form, needsTokens: Bool = false) throws -> Report {
    var report = Report(reward: reward)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    do {
      try WholeFile.write(to: URL(filePath: path).path) { file in
        if form == .csv { try file.write(Data((Conversation.columns.joined(separator: ",") + "\n").utf8)) }
        try traces.forEach { trace in
          if needsTokens { _ = try trace.samples() }
          var conversations = Conversation.all(of: trace, outcomes[trace.question.id], reward: reward)
          if needsTokens { conversations.removeAll { $0.completionIDs == nil } }
          report.trajectories += 1
          report.conversations += conversations.count
          report.withoutTokens += conversations.count { $0.completionIDs == nil }
          report.withoutLogProbabilities += conversations.count {
            $0.completionIDs != nil && $0.logProbabilities == nil
          }
          if outcomes[trace.question.id] == nil { report.withoutReward += 1 }
          for conversation in conversations {
            switch form {
            case .jsonl: try file.write(try encoder.encode(conversation) + [UInt8(ascii: "\n")])
            case .csv: try file.write(Data((try conversation.csv() + "\n").utf8))
            }
          }
        }
      }
    } catch let fault as FileFault {
      throw RunError.unwritable(path, reason: fault.reason)
    }
    return report
  }
}
