import Tensors

/// Words in, words out. Callers do not know how or where the reply is made.
///
/// A policy must give the same reply to the same prompt, sampling and call; one that samples takes its
/// random numbers from its own seed and the call's identity (`CallID.random`).
///
/// - Throws: a `Refusal` when no reply can be had. Nonsense is not an error: it is a reply.
public protocol Policy: Sendable {
  /// Stands in run records and tables.
  var name: String { get }
  /// What this policy can do for a memory; `text` alone unless it says more.
  var serves: Set<Capability> { get }
  /// Tokens that prompt and reply may have together; nil when there is no such bound.
  var contextLength: Int? { get }
  /// What was asked of it so far and what became of it, in a line for the person who watches a run; nil
  /// where the traces already say everything.
  var account: String? { get async }
  /// How far it is and how fast, in a few words for a line that is rewritten while a reply is waited for.
  var progress: String? { get }
  /// What is wrong with the policy though it works, a sentence each: said once, before the first call.
  var warnings: [String] { get }

  /// - Parameter call: which call of which reading this is; the reading loop supplies it.
  func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply

  /// What stands inside the model when it reads a prompt as plain text, without turns.
  ///
  /// Called only for what `serves` names. Gradients flow where the policy learns.
  ///
  /// - Returns: `hidden` [count, width]; `keys` (before they are rotated) and `values`
  ///   [keyHeads, count, headWidth].
  func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor]

  /// The log-probability of each token of a reply behind a prompt, at temperature 1. Called only where
  /// `serves` has `scores`.
  ///
  /// - Returns: one per token.
  func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float]
}

extension Policy {
  public var serves: Set<Capability> { [.text] }
  public var contextLength: Int? { nil }
  public var account: String? { nil }
  public var progress: String? { nil }
  public var warnings: [String] { [] }

  /// - Throws: `ReaderError.unserved`: this policy cannot be tapped.
  public func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    throw ReaderError.unserved(taps.map { Capability.tap($0.kind).rawValue }.sorted(), by: name)
  }

  /// - Throws: `ReaderError.unserved`: this policy scores nothing.
  public func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float] {
    throw ReaderError.unserved([Capability.scores.rawValue], by: name)
  }
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
