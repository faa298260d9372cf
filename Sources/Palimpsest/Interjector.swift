import Tensors

/// Vectors that enter while a model writes a reply (MemGen's trigger and weaver, arXiv:2509.24704).
///
/// The interjector may wait and may call the model; other replies are written on meanwhile. What it inserts stands
/// in `Reply.insertions`.
///
/// - Throws: what `interject` throws ends the call it was asked in, and no other.
public protocol Interjector: Sendable {
  /// Whether it wants to be asked behind these tokens: cheap, and called after every token, so that most tokens cost
  /// nothing. By default it is asked after each token, and not before the first.
  func isAsked(after tokens: [Int]) -> Bool

  /// - Returns: vectors to insert at this moment, [count, width]; nil for none.
  func interject(at moment: Moment) async throws -> Tensor?
}

extension Interjector {
  public func isAsked(after tokens: [Int]) -> Bool { !tokens.isEmpty }
}

/// A moment of a reply that is being written: what an interjector knows.
public struct Moment: Sendable {
  /// A forward pass of the model that writes; see `Policy.forward`.
  public typealias Forward = @Sendable (_ prompt: Prompt, _ taps: Set<Tap>) async throws -> [Tap: Tensor]

  /// Which call the reply belongs to.
  public var call: CallID
  /// How the reply is drawn.
  public var sampling: Sampling
  /// The reply so far.
  public var tokens: [Int]
  /// Last hidden states, normalised: the first row is that of the prompt's last position, then one row per position
  /// that was read since, inserted vectors included. [1 + positions since, width]
  public var hidden: Tensor
  /// Where inserted vectors would stand: positions read so far, and the last token, which is read next.
  public var position: Int
  /// What was inserted before.
  public var insertions: [Insertion]
  private let pass: Forward?

  public init(
    call: CallID = CallID(), sampling: Sampling, tokens: [Int], hidden: Tensor, position: Int,
    insertions: [Insertion] = [],
    forward: Forward? = nil
  ) {
    self.call = call
    self.sampling = sampling
    self.tokens = tokens
    self.hidden = hidden
    self.position = position
    self.insertions = insertions
    pass = forward
  }

  /// Reads a text with the model that writes the reply, and gives what stands at the taps.
  ///
  /// - Throws: `MomentError.noModel` where the reply is not written by a policy; what the policy throws.
  public func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    guard let pass else { throw MomentError.noModel }
    return try await pass(prompt, taps)
  }

  /// The same moment, of a call of a policy.
  public func called(as call: CallID, with sampling: Sampling, forward: @escaping Forward) -> Moment {
    Moment(
      call: call, sampling: sampling, tokens: tokens, hidden: hidden, position: position, insertions: insertions,
      forward: forward)
  }
}

/// Why an interjector cannot go on.
public enum MomentError: Refusal, Equatable {
  case noModel
  /// What an interjector gave is no list of vectors for this model.
  case shape([Int], width: Int)

  public var attempts: Int { 0 }
  /// Every other question would be refused too.
  public var stopsRun: Bool { true }
  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .noModel: "the moment belongs to no policy, so there is no model to read with; write the reply with a policy"
    case .shape(let shape, let width):
      "an interjector gave vectors of shape \(shape), where [count, \(width)] is needed; give vectors of the model's width"
    }
  }
}

/// Vectors that an interjector inserted into a reply.
public struct Insertion: Sendable, Codable, Hashable {
  /// How many tokens of the reply stand before them.
  public var tokens: Int
  /// The position of the first vector in the whole sequence, prompt included.
  public var position: Int
  /// How many vectors there are.
  public var count: Int
  /// How wide each is.
  public var width: Int

  public init(tokens: Int, position: Int, count: Int, width: Int) {
    self.tokens = tokens
    self.position = position
    self.count = count
    self.width = width
  }
}
