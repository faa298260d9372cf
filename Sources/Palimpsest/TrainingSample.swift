/// One exchange as a learner sees it: what was read, what was drawn, and how probable it was when it was
/// drawn. Made from traces alone; the model is not asked again.
///
/// Source: the conversations of a multi-conversation trajectory (MemAgent, arXiv:2507.02259).
public struct TrainingSample: Sendable, Codable, Hashable {
  public var call: CallID
  /// Token ids that were read.
  public var prompt: [Int]
  /// Token ids of the reply.
  public var tokens: [Int]
  /// Which of `tokens` the policy drew, so that a loss counts them: false for what was put in. As long as
  /// `tokens`.
  public var mask: [Bool]
  /// Log-probability of each token when it was drawn, under the distribution it was drawn from where the
  /// policy says so and under the model otherwise. As long as `tokens`.
  public var logProbabilities: [Float]
  /// A_i: what the learner multiplies the log-probabilities with. 0 until one is assigned.
  public var advantage: Float

  public init(
    call: CallID, prompt: [Int], tokens: [Int], mask: [Bool], logProbabilities: [Float], advantage: Float = 0
  ) {
    self.call = call
    self.prompt = prompt
    self.tokens = tokens
    self.mask = mask
    self.logProbabilities = logProbabilities
    self.advantage = advantage
  }
}

extension Trace {
  /// The exchanges of this trace as training samples, in the order of the calls. Replies without a token
  /// give none.
  ///
  /// - Parameter advantage: A of the trajectory, which every conversation of it gets.
  /// - Throws: `SampleError` for an exchange without token ids or log-probabilities.
  public func samples(advantage: Float = 0) throws -> [TrainingSample] {
    try exchanges.compactMap { exchange in
      let reply = exchange.reply
      if reply.tokens.isEmpty, reply.text.isEmpty { return nil }
      guard !reply.tokens.isEmpty, !reply.promptTokens.isEmpty else {
        throw SampleError(call: exchange.call, missing: "token ids", model: reply.model)
      }
      let drawn = reply.samplerLogProbabilities.isEmpty ? reply.logProbabilities : reply.samplerLogProbabilities
      guard drawn.count == reply.tokens.count else {
        throw SampleError(call: exchange.call, missing: "a log-probability for every token", model: reply.model)
      }
      return TrainingSample(
        call: exchange.call, prompt: reply.promptTokens, tokens: reply.tokens,
        mask: reply.mask.isEmpty ? Array(repeating: true, count: reply.tokens.count) : reply.mask,
        logProbabilities: drawn, advantage: advantage)
    }
  }
}

/// A trace that was not recorded for learning.
public struct SampleError: Failure, Equatable {
  public var call: CallID
  public var missing: String
  public var model: String

  public var exitClass: ExitClass { .usage }

  public var description: String {
    "the exchange of \(call) has no \(missing), so nothing can be learned from it; read with a policy that serves "
      + "tokenIDs and logProbabilities (local; remote with logProbabilities: true where the endpoint gives token ids"
      + "\(model.isEmpty ? "" : "; \(model) did not")), and with prompts of text alone"
  }
}
