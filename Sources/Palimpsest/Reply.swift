import Tensors

/// A reply with its cost.
public struct Reply: Sendable, Codable {
  /// Why the reply ended: by itself, at its length, by a filter, or unknown.
  public enum Finish: String, Sendable, Codable { case stop, length, filtered, unknown }

  /// The reply without end tokens.
  public var text: String
  /// Token ids of the prompt as the model read it, where the policy knows them and the prompt was
  /// nothing but text.
  public var promptTokens: [Int]
  /// Token ids of the reply, where the policy knows them.
  public var tokens: [Int]
  /// For each token whether the policy drew it: false for inserted tokens. Empty when it drew all.
  public var mask: [Bool]
  /// Log-probability of each token under the model at temperature 1, with nothing cut off and
  /// recalled distributions mixed in.
  public var logProbabilities: [Float]
  /// Log-probability of each token under the distribution it was drawn from: temperature, top-p and
  /// the like applied. Empty where it is that of the model or unknown.
  public var samplerLogProbabilities: [Float]
  /// Why the reply ended.
  public var finish: Finish
  /// Tokens of all attempts.
  public var usage: Usage
  /// Calls until this reply arrived; more than 1 after retries.
  public var attempts: Int
  /// The model that replied, as the endpoint names it.
  public var model: String
  /// Named tensors recorded during the reply: sentence scores, hidden states.
  public var captures: [String: Tensor]
  /// What an interjector inserted while the reply was generated, in the order of the tokens.
  public var insertions: [Insertion]
  /// The state that the policy wants back at its next call of this reading (`Prompt.policyState`); nil
  /// keeps the present one.
  public var policyState: PolicyState?

  /// A reply that ended by itself at the first attempt, unless told otherwise.
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
  /// Tokens of prompts.
  public var read: Int
  /// Tokens of replies.
  public var generated: Int
  /// Whether some of it was counted by the run's own tokenizer, because the policy did not report
  /// it.
  public var isEstimated: Bool
  /// Bytes of prompts for which the policy's vocabulary has no token; nil where there were none.
  public var lostBytes: Int?

  /// Counted by the policy unless told otherwise.
  public init(read: Int = 0, generated: Int = 0, isEstimated: Bool = false, lostBytes: Int? = nil) {
    self.read = read
    self.generated = generated
    self.isEstimated = isEstimated
    self.lostBytes = lostBytes
  }

  /// Sums; estimated where one side is.
  public static func + (a: Usage, b: Usage) -> Usage {
    Usage(
      read: a.read + b.read, generated: a.generated + b.generated,
      isEstimated: a.isEstimated || b.isEstimated,
      lostBytes: a.lostBytes == nil && b.lostBytes == nil ? nil : (a.lostBytes ?? 0) + (b.lostBytes ?? 0))
  }
}

/// One prompt and its reply: a conversation of its own, sharing no history with any other.
public struct Exchange: Sendable, Codable {
  /// Which call of which reading it was.
  public var call: CallID
  /// What the policy was shown.
  public var prompt: Prompt
  /// What it gave back.
  public var reply: Reply

  /// Without a call it is one outside a reading.
  public init(call: CallID = CallID(), prompt: Prompt, reply: Reply) {
    self.call = call
    self.prompt = prompt
    self.reply = reply
  }
}
