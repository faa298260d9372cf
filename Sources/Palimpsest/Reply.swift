import Tensors

/// What came back, and what it cost.
public struct Reply: Sendable, Codable {
  public enum Finish: String, Sendable, Codable { case stop, length, filtered, unknown }

  public var text: String
  /// Token ids of the prompt as the model read it, where the policy knows them and the prompt was
  /// nothing but text.
  public var promptTokens: [Int]
  /// Token ids of the reply, where the policy knows them.
  public var tokens: [Int]
  /// Which of the tokens the policy drew itself: false for what was put in. Empty when it drew all.
  public var mask: [Bool]
  /// Log-probability of each token under the model at temperature 1, with nothing cut off. What
  /// recalled distributions mixed in counts as the model's.
  public var logProbabilities: [Float]
  /// Log-probability of each token under the distribution it was drawn from: temperature, top-p and
  /// the like applied. Empty where it is that of the model or unknown.
  public var samplerLogProbabilities: [Float]
  public var finish: Finish
  public var usage: Usage
  /// Calls it took until this reply came; more than 1 after retries.
  public var attempts: Int
  /// Which model answered, as the endpoint names it.
  public var model: String
  /// Named readings of how the reply came about: sentence scores, hidden states.
  public var captures: [String: Tensor]
  /// What an interjector inserted while the reply was generated, in the order of the tokens.
  public var insertions: [Insertion]
  /// What the policy asks to be handed back at its next call of this reading (`Prompt.policyState`); nil
  /// keeps what there is.
  public var policyState: PolicyState?

  public init(
    _ text: String, tokens: [Int] = [], logProbabilities: [Float] = [], finish: Finish = .stop,
    usage: Usage = Usage(), attempts: Int = 1, model: String = "", captures: [String: Tensor] = [:],
    policyState: PolicyState? = nil
  ) {
    self.text = text
    promptTokens = []
    self.tokens = tokens
    mask = []
    self.logProbabilities = logProbabilities
    samplerLogProbabilities = []
    self.finish = finish
    self.usage = usage
    self.attempts = attempts
    self.model = model
    self.captures = captures
    insertions = []
    self.policyState = policyState
  }
}

/// Tokens that were read and written.
public struct Usage: Sendable, Codable, Hashable {
  public var read: Int
  public var generated: Int
  /// Whether some of this was counted by the run's own tokenizer, because the policy was not told.
  public var isEstimated: Bool

  public init(read: Int = 0, generated: Int = 0, isEstimated: Bool = false) {
    self.read = read
    self.generated = generated
    self.isEstimated = isEstimated
  }

  public static func + (a: Usage, b: Usage) -> Usage {
    Usage(
      read: a.read + b.read, generated: a.generated + b.generated,
      isEstimated: a.isEstimated || b.isEstimated)
  }
}

/// One prompt and its reply: a conversation of its own, sharing no history with any other.
public struct Exchange: Sendable, Codable {
  public var call: CallID
  public var prompt: Prompt
  public var reply: Reply

  public init(call: CallID = CallID(), prompt: Prompt, reply: Reply) {
    self.call = call
    self.prompt = prompt
    self.reply = reply
  }
}
