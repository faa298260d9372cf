import Palimpsest

/// The results of a run over all its questions: `summary.json`. A failed question counts with score
/// 0: no question leaves the denominator.
public struct Summary: Codable, Sendable {
  /// Questions, failed ones included.
  public var n = 0
  /// Questions whose reading failed.
  public var failed = 0
  /// Questions with at least one repeated call.
  public var retried = 0
  /// Mean score with a 95 % interval, by metric.
  public var metrics: [String: Interval] = [:]
  /// Share of questions with accepted answers whose final memory contains one.
  public var memoryHolds: Interval?
  /// Questions that are left out of `memoryHolds` because the memory holds vectors or rows; absent where there are none.
  public var memoryUnseen: Int?
  /// Means per question.
  public var steps = 0.0
  /// Mean number of steps that changed the memory.
  public var updates = 0.0
  /// Mean number of replies that broke their form.
  public var malformed = 0.0
  /// Mean tokens of the final memory.
  public var memoryTokens = 0.0
  /// Mean bytes of the final memory.
  public var memoryBytes = 0.0
  /// Share of readings that the gate ended.
  public var exited = 0.0
  /// Sums.
  public var tokensRead = 0
  /// Tokens of all replies.
  public var tokensGenerated = 0
  /// Those among the tokens read that are of recall and answer; absent in older runs.
  public var answerTokensRead: Int?
  /// Those among the tokens generated that are of recall and answer; absent in older runs.
  public var answerTokensGenerated: Int?
  /// Bytes of prompts for which the policy's vocabulary has no token; absent where there were none.
  public var lostBytes: Int?
  /// Seconds of all readings: of those side by side each counts, so that it may be more than the clock says.
  public var busySeconds = 0.0
  /// Seconds by the clock, in all processes that worked on the run.
  public var wallSeconds = 0.0
}

/// Adds outcomes up, one at a time.
struct Scoreboard {
  private var summary = Summary()
  private var means: [String: StreamingMean] = [:]
  private var holds = StreamingMean()
  private var exits = 0

  mutating func add(_ outcome: Outcome) {
    summary.n += 1
    if outcome.hasFailed { summary.failed += 1 }
    if outcome.retried { summary.retried += 1 }
    if outcome.end == "exited" { exits += 1 }
    for (metric, score) in outcome.scores {
      means[metric, default: StreamingMean()].add(outcome.hasFailed ? 0 : score, cluster: outcome.cluster)
    }
    if outcome.memoryIsUnseen == true { summary.memoryUnseen = (summary.memoryUnseen ?? 0) + 1 }
    if let held = outcome.memoryHolds { holds.add(held ? 1 : 0, cluster: outcome.cluster) }
    summary.steps += Double(outcome.steps)
    summary.updates += Double(outcome.updates)
    summary.malformed += Double(outcome.malformed)
    summary.memoryTokens += Double(outcome.memoryTokens)
    summary.memoryBytes += Double(outcome.memoryBytes)
    summary.tokensRead += outcome.tokensRead
    summary.tokensGenerated += outcome.tokensGenerated
    if let tokens = outcome.answerTokensRead { summary.answerTokensRead = (summary.answerTokensRead ?? 0) + tokens }
    if let tokens = outcome.answerTokensGenerated {
      summary.answerTokensGenerated = (summary.answerTokensGenerated ?? 0) + tokens
    }
    if let bytes = outcome.lostBytes { summary.lostBytes = (summary.lostBytes ?? 0) + bytes }
    summary.busySeconds += outcome.seconds
  }

  var total: Summary {
    var total = summary
    let n = Double(max(1, summary.n))
    total.steps /= n
    total.updates /= n
    total.malformed /= n
    total.memoryTokens /= n
    total.memoryBytes /= n
    total.exited = Double(exits) / n
    total.metrics = means.mapValues(\.interval)
    total.memoryHolds = holds.n > 0 ? holds.interval : nil
    return total
  }
}
