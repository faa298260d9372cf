import Tensors

/// Words in, words out. How, and where, is nobody's business.
///
/// A policy must give the same reply to the same prompt and sampling; one that samples takes its
/// random numbers from its own seed and the sampling's session, step and purpose.
///
/// - Throws: a `Refusal` when no reply can be had. Nonsense is not an error: it is a reply.
public protocol Policy: Sendable {
  /// Stands in run records and tables.
  var name: String { get }
  /// The sites of a recollection this policy can take in.
  var serves: Set<Recollection.Site> { get }
  /// Tokens that prompt and reply may have together; nil when there is no such bound.
  var window: Int? { get }
  /// What was asked of it so far and what became of it, in a line for whoever watches a run; nil where
  /// the traces already say everything.
  var account: String? { get async }
  /// How far it is and how fast, in a few words for a line that is rewritten while a reply is waited for.
  var progress: String? { get }
  /// What is wrong with the policy though it works, a sentence each: said once, before the first call.
  var warnings: [String] { get }

  func reply(to prompt: Prompt, sampling: Sampling) async throws -> Reply
}

extension Policy {
  public var serves: Set<Recollection.Site> { [.text] }
  public var window: Int? { nil }
  public var account: String? { nil }
  public var progress: String? { nil }
  public var warnings: [String] { [] }

  /// A reply together with what it replied to.
  ///
  /// - Throws: `ReaderError.unserved` where the prompt has parts the policy cannot take in, such as
  ///   vectors for a policy of text; what `reply` throws.
  public func exchange(_ prompt: Prompt, sampling: Sampling) async throws -> Exchange {
    let missing = prompt.needs.subtracting(serves)
    guard missing.isEmpty else { throw ReaderError.unserved(missing.map(\.rawValue).sorted(), by: name) }
    return Exchange(prompt: prompt, reply: try await reply(to: prompt, sampling: sampling))
  }
}

/// A policy whose inside can be tapped: rows and hidden states of chosen layers for a given text.
public protocol Host: Policy {
  func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor]
}

/// A place inside a model that can be read.
public struct Tap: Sendable, Codable, Hashable {
  /// `state` is the recurrent state of a layer behind the last position that was read.
  public enum Kind: String, Sendable, Codable { case hidden, keys, values, state }
  public var kind: Kind
  public var layer: Int

  public init(_ kind: Kind, layer: Int) {
    self.kind = kind
    self.layer = layer
  }
}

/// How a reply is to be drawn. What is nil is the policy's own setting.
public struct Sampling: Sendable, Codable, Hashable {
  /// The longest the whole reply may be.
  public var maxTokens: Int
  /// How much of the reply will be kept, where that is less than all of it: the page of a reply
  /// that also reasons. A policy that fills a page fills `page ?? maxTokens`.
  public var page: Int?
  public var temperature: Double?
  public var topP: Double?
  public var stops: [String]
  /// The reading this call belongs to: its question id. Calls of a session stay on one replica,
  /// and random numbers derive from (the policy's seed, session, step, purpose).
  public var session: String
  /// Index of the chunk, or of the chunk behind the last one for the answer.
  public var step: Int
  public var purpose: String
  /// Layers whose states the reply should bring along, where the policy is a `Host`.
  public var captures: Set<Tap>

  public init(
    maxTokens: Int, page: Int? = nil, temperature: Double? = nil, topP: Double? = nil, stops: [String] = [],
    session: String = "", step: Int = 0, purpose: String = "",
    captures: Set<Tap> = []
  ) {
    self.maxTokens = maxTokens
    self.page = page
    self.temperature = temperature
    self.topP = topP
    self.stops = stops
    self.session = session
    self.step = step
    self.purpose = purpose
    self.captures = captures
  }
}

/// What came back, and what it cost.
public struct Reply: Sendable, Codable {
  public enum Finish: String, Sendable, Codable { case stop, length, filtered, unknown }

  public var text: String
  /// Token ids, where the policy knows them.
  public var tokens: [Int]
  public var logProbabilities: [Float]
  public var finish: Finish
  public var usage: Usage
  /// Calls it took until this reply came; more than 1 after retries.
  public var attempts: Int
  /// Which model answered, as the endpoint names it.
  public var model: String
  /// Named readings of how the reply came about: sentence scores, hidden states.
  public var captures: [String: Tensor]
  /// What an interjector inserted while the reply was generated, in the order of the tokens.
  public var insertions: [Insertion] = []
  /// What the policy asks to be handed back at its next call of this session (`Prompt.carry`).
  /// At most `MemoryState.carryLimit` entries; nil keeps what there is.
  public var carry: [String: Double]? { didSet { checkCarry() } }

  public init(
    _ text: String, tokens: [Int] = [], logProbabilities: [Float] = [], finish: Finish = .stop,
    usage: Usage = Usage(), attempts: Int = 1, model: String = "", captures: [String: Tensor] = [:],
    carry: [String: Double]? = nil
  ) {
    self.text = text
    self.tokens = tokens
    self.logProbabilities = logProbabilities
    self.finish = finish
    self.usage = usage
    self.attempts = attempts
    self.model = model
    self.captures = captures
    self.carry = carry
    checkCarry()
  }

  private func checkCarry() {
    precondition(
      (carry?.count ?? 0) <= MemoryState.carryLimit,
      "a carry of \(carry?.count ?? 0) entries; at most \(MemoryState.carryLimit) are kept")
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
  public var prompt: Prompt
  public var reply: Reply

  public init(prompt: Prompt, reply: Reply) {
    self.prompt = prompt
    self.reply = reply
  }
}

/// Why no reply could be had. A refused question becomes a trace that ended `failed`; nothing is
/// dropped from a score.
public protocol Refusal: Failure {
  /// Calls that were made before giving up.
  var attempts: Int { get }
  /// Whether other questions would be refused too (no key, no credit), so that the run must stop.
  var stopsRun: Bool { get }
  /// Tokens that those calls cost, where that is known.
  var spent: Usage { get }
}

extension Refusal {
  public var spent: Usage { Usage() }
}
