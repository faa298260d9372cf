import Palimpsest
import Tensors

/// A request for a continuation: its prompt, its rule, and its end.
public struct GenerationRequest: Sendable {
  /// What is continued.
  public var prompt: Passage
  /// The rule by which tokens are chosen.
  public var choice: TokenChoice
  /// The most tokens that may be written.
  public var limit: Int
  /// Tokens that end the reply; they stand at its end.
  public var ends: Set<Int>
  /// Called after each token with all tokens so far; true ends the reply. Stop strings are found here.
  public var isStopped: (@Sendable ([Int]) -> Bool)?
  /// The source of this request's random numbers; no other request uses it.
  public var random: SeededGenerator
  /// Asked while the reply is generated; the vectors it returns enter behind the last token.
  public var interjector: (any Interjector)?

  /// - Precondition: the prompt has at least one position, and the limit is positive.
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

/// The result of a request.
public struct Continuation: Sendable, Hashable {
  /// `end`: an end token came; `stop`: the request's own test said so; `limit`: no more tokens were allowed.
  public enum Finish: String, Sendable, Codable { case end, stop, limit }

  /// The tokens that were written, an end token included.
  public var tokens: [Int]
  /// Log-probability of each token under the model itself: at temperature 1, nothing cut off, recalled
  /// distributions mixed in.
  public var logProbabilities: [Float]
  /// Log-probability of each token under the distribution it was drawn from (`TokenChoice`).
  public var samplerLogProbabilities: [Float]
  /// Why no more tokens were written.
  public var finish: Finish
  /// Positions of the prompt that were reused from a sequence that had read them.
  public var shared: Int
  /// What an interjector inserted, in the order of the tokens.
  public var insertions: [Insertion] = []
  /// The vectors of each insertion, [count, width].
  public var vectors: [Tensor] = []

  /// Tokens and inserted vectors in the order in which the model read them.
  public var parts: [Passage.Part] {
    var (parts, done) = ([Passage.Part](), 0)
    for (insertion, vectors) in zip(insertions, vectors) {
      if insertion.tokens > done { parts.append(.tokens(Array(tokens[done..<insertion.tokens]))) }
      parts.append(.vectors(vectors))
      done = insertion.tokens
    }
    if done < tokens.count { parts.append(.tokens(Array(tokens[done...]))) }
    return parts
  }
}
