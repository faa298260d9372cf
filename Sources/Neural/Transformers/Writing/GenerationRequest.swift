import Palimpsest
import Tensors

/// A continuation that is wanted: of what, by which rule, and until when.
public struct GenerationRequest: Sendable {
  /// What is continued.
  public var prompt: Passage
  /// The rule by which tokens are chosen.
  public var choice: TokenChoice
  /// The most tokens that may be written.
  public var limit: Int
  /// Tokens that end the reply; they stand at its end.
  public var ends: Set<Int>
  /// Asked after each token with all that were written; true ends the reply. Here stop strings are found.
  public var isStopped: (@Sendable ([Int]) -> Bool)?
  /// Where this request's random numbers come from, and nothing else's.
  public var random: SeededGenerator
  /// Asked after each token with the last hidden state; what it gives enters behind the token.
  public var interjector: (any Interjector)?

  /// - Precondition: the prompt has a position at least, the limit is positive.
  public init(
    _ prompt: Passage, limit: Int, choice: TokenChoice = .greedy, ends: Set<Int> = [],
    random: SeededGenerator = SeededGenerator(seed: 0, purpose: "tokens"), interjector: (any Interjector)? = nil,
    isStopped: (@Sendable ([Int]) -> Bool)? = nil
  ) {
    precondition(prompt.count > 0, "an empty prompt has no next token")
    precondition(limit > 0, "a reply of at most \(limit) tokens")
    self.prompt = prompt
    self.limit = limit
    self.choice = choice
    self.ends = ends
    self.random = random
    self.interjector = interjector
    self.isStopped = isStopped
  }

  /// Continues token ids, greedily unless a choice is given.
  public init(_ prompt: [Int], limit: Int, choice: TokenChoice = .greedy, ends: Set<Int> = []) {
    self.init(Passage(prompt), limit: limit, choice: choice, ends: ends)
  }
}

/// What a request came to.
public struct Continuation: Sendable, Hashable {
  /// `end`: an end token came; `stop`: the request's own test said so; `limit`: no more tokens were allowed.
  public enum Finish: String, Sendable, Codable { case end, stop, limit }

  /// The tokens that were written, an end token included.
  public var tokens: [Int]
  /// What the model itself gave each token: at temperature 1, nothing cut off, recalled distributions mixed in.
  public var logProbabilities: [Float]
  /// Why no more tokens were written.
  public var finish: Finish
  /// Positions of the prompt that were taken over from a sequence that had read them.
  public var shared: Int
}
