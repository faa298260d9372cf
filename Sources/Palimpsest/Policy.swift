import Foundation
import Tensors

/// Gives a reply to a prompt: π_θ in the papers. Callers do not know how or where the reply is
/// made.
///
/// A policy gives the same reply to the same prompt, sampling and call; a policy that samples takes
/// its random numbers from its own seed and the call's identity (`CallID.random`).
///
/// - Throws: a `Refusal` when there is no reply. A reply without sense is not an error.
public protocol Policy: Sendable {
  /// The name in run records and tables.
  var name: String { get }
  /// The capabilities of this policy; `text` alone by default.
  var serves: Set<Capability> { get }
  /// Tokens that prompt and reply may have together; nil sets no bound.
  var contextLength: Int? { get }
  /// A summary of its calls so far, in a line for the console; nil where the traces already say
  /// everything.
  var account: String? { get async }
  /// The progress and speed of the current call, in a few words for a line that is rewritten.
  var progress: String? { get }
  /// What tells the weights behind `forward` from others, for `Rows.version`; nil without weights here.
  var weightsVersion: String? { get }
  /// What is wrong with the policy or its prompts though it works, a sentence each: asked for before the first call
  /// and behind the last, and each said once.
  var warnings: [String] { get }

  /// The same policy in a run that was begun at this moment, for prompts that state a date. A run that is resumed
  /// gives the moment at which it was first begun.
  func begun(on date: Date) -> any Policy

  /// - Parameter call: the identity of the call; the reading loop supplies it.
  func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply

  /// The tapped tensors of the model for a prompt that is read as plain text, without turns.
  ///
  /// Called only for taps that `serves` names. Gradients flow where the policy learns.
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
  /// Text alone.
  public var serves: Set<Capability> { [.text] }
  /// No bound.
  public var contextLength: Int? { nil }
  /// Nothing beyond the traces.
  public var account: String? { nil }
  /// Nothing to show.
  public var progress: String? { nil }
  public var weightsVersion: String? { nil }
  public var warnings: [String] { [] }
  /// Itself: most prompts state no date.
  public func begun(on date: Date) -> any Policy { self }

  /// - Throws: `ReaderError.unserved`: this policy cannot be tapped.
  public func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    throw ReaderError.unserved(taps.map { Capability.tap($0.kind).rawValue }.sorted(), by: name)
  }

  /// - Throws: `ReaderError.unserved`: this policy scores nothing.
  public func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float] {
    throw ReaderError.unserved([Capability.scores.rawValue], by: name)
  }
}

/// A place inside a model that can be read (a hook).
public struct Tap: Sendable, Codable, Hashable {
  /// `state` is the recurrent state of a layer behind the last position that was read.
  public enum Kind: String, Sendable, Codable { case hidden, keys, values, state }
  /// What is read.
  public var kind: Kind
  /// From 0; for hidden states, the stream that enters this layer.
  public var layer: Int

  /// - Parameter layer: from 0.
  public init(_ kind: Kind, layer: Int) {
    self.kind = kind
    self.layer = layer
  }
}

/// The error of a policy that gave no reply. A refused question becomes a trace that ended
/// `failed`; no question is dropped from a score.
public protocol Refusal: Failure {
  /// Calls that were made before the policy gave up.
  var attempts: Int { get }
  /// Whether other questions would be refused too (no key, no credit), so that the run must stop.
  var stopsRun: Bool { get }
  /// Tokens that those calls cost, where that is known.
  var spent: Usage { get }
}

extension Refusal {
  /// Nothing, where a policy does not know what refused calls cost.
  public var spent: Usage { Usage() }
}
