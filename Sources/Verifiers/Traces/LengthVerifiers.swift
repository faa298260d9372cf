import Palimpsest

/// DAPO's soft punishment of long replies: 0 up to `limit - buffer` tokens, then falling linearly to
/// -1 at `limit`, and -1 beyond. Each reply of a reading is judged by itself; the score is the worst.
///
/// Source: DAPO (arXiv:2503.14476), Eq. 13.
public struct LengthVerifier: Verifier {
  /// Tokens of a reply.
  public struct Settings: Codable, Sendable {
    /// The length in tokens at which the penalty is full.
    public var limit = 1024
    /// Tokens before the limit at which the penalty begins.
    public var buffer = 256

    /// A limit of 1,024 tokens with a penalty over the last 256 by default.
    public init(limit: Int = 1024, buffer: Int = 256) {
      self.limit = limit
      self.buffer = buffer
    }
  }

  /// Tokens of a reply.
  public var settings: Settings

  /// A limit of 1,024 tokens with a penalty over the last 256 by default.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// -1...0, with the penalty of each step as its credit.
  /// - Throws: `VerifierError` for a trace without all its steps.
  public func verify(_ trace: Trace) throws -> Verdict {
    try trace.checkSteps()
    var credits: [Int: Double] = [:]
    var worst = 0.0
    for step in trace.steps {
      let penalty = step.draft.exchanges.map(penalty).min() ?? 0
      if penalty < 0 { credits[step.chunk.index] = penalty }
      worst = min(worst, penalty)
    }
    let last = trace.answer.map { $0.recalls + [$0.exchange] } ?? []
    return Verdict(min(worst, last.map(penalty).min() ?? 0), credits: credits)
  }

  private func penalty(_ exchange: Exchange) -> Double {
    GatedReward.overlong(tokens: exchange.reply.usage.generated, limit: settings.limit, buffer: settings.buffer)
  }
}

/// Tokens of all prompts and replies of a reading: a cost, to be weighted in a rubric.
public struct TokensSpent: Verifier {
  public init() {}

  /// Tokens read and generated, the answer's included.
  public func verify(_ trace: Trace) -> Verdict {
    Verdict(Double(trace.tally.usage.read + trace.tally.usage.generated))
  }
}
