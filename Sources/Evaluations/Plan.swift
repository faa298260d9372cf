import Palimpsest
import Settings
import Tables

/// The highest cost of an arm.
public struct Plan: Codable, Sendable {
  /// The arm's name in tables.
  public var arm: String
  /// Questions of the task, at most `--limit`.
  public var questions = 0
  /// Calls of all questions, the answers included.
  public var calls = 0
  /// Tokens of all prompts, every page full.
  public var tokensRead = 0
  /// Tokens of all replies, each as long as it may be.
  public var tokensGenerated = 0
  /// Calls that must run one after the other: the longest question's chunks and its answer.
  public var depth = 0
  /// Tokens of the longest prompt with its reply.
  public var longestCall = 0
  /// Chunks of all questions.
  public var chunks = 0
  /// Wall time, from the time of one call; nil where that is not known.
  public var wallSeconds: Double?
}

extension Evaluation {
  /// Cuts the texts and makes the prompts as the run would, and counts.
  ///
  /// - Parameter secondsPerCall: how long one call takes.
  public func plans(secondsPerCall: Double?) async throws -> [Plan] {
    var plans: [Plan] = []
    for arm in arms {
      let parts = try Assembled(arm.point.settings, keeping: .lastStep)
      let tokenizer = try Setup(of: arm.point.settings).tokenizer
      var plan = Plan(arm: arm.name)
      let width = bench.options.concurrency ?? 1
      for question in try parts.task.questions(seed: arm.point.settings.seed, limit: bench.options.limit) {
        let counter = PlanningPolicy(in: parts.reader.policy, tokenizer: tokenizer)
        var reader = parts.reader
        reader.policy = counter
        let trace = try await reader.read(question)
        plan.questions += 1
        plan.calls += counter.calls
        plan.chunks += trace.tally.steps
        plan.tokensRead += counter.usage.read
        plan.tokensGenerated += counter.usage.generated
        plan.depth = max(plan.depth, counter.calls)
        plan.longestCall = max(plan.longestCall, counter.longest)
      }
      if let secondsPerCall {
        // Questions run side by side, the calls of one after each other.
        plan.wallSeconds = max(Double(plan.calls) / Double(width), Double(plan.depth)) * secondsPerCall
      }
      plans.append(plan)
    }
    return plans
  }
}

extension Plan {
  /// The same values as a table, for `--json`.
  public var settings: Setting {
    .table([
      "arm": .string(arm), "questions": .int(questions), "chunks": .int(chunks), "calls": .int(calls),
      "tokensRead": .int(tokensRead), "tokensGenerated": .int(tokensGenerated), "depth": .int(depth),
      "longestCall": .int(longestCall), "wallSeconds": wallSeconds.map { .number($0) } ?? .null,
    ])
  }

  /// A row per arm.
  public static func table(_ plans: [Plan]) -> Table {
    var table = Table([
      "arm", "questions", "chunks", "calls", "tokensRead", "tokensGenerated", "depth", "longestCall", "wallSeconds",
    ])
    for plan in plans {
      table.add(
        [.text(plan.arm)]
          + [
            plan.questions, plan.chunks, plan.calls, plan.tokensRead, plan.tokensGenerated, plan.depth,
            plan.longestCall,
          ].map { .number(Double($0)) } + [plan.wallSeconds.map { .number($0) } ?? .missing])
    }
    return table
  }
}
