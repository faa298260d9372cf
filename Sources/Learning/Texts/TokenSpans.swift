import Basics
import Palimpsest

/// Spans of a stream of tokens, in batches: the training data of a language model.
///
///     let spans = TokenSpans(tokens, length: 256, batch: 16, seed: 1)
///     let loss = decoder.loss(on: spans.batch(at: step))
///
/// A batch is a function of its number, so a training that resumes at a step needs only the step. In a pass
/// each token is predicted once, except a rest shorter than a span. Every pass cuts at other places and takes
/// the spans in another order. The stream is a ring: its last token stands before its first.
public struct TokenSpans: Sendable {
  /// The ring that spans are cut from.
  public let tokens: [Int]
  /// Predictions of a span, which has one token more.
  public let length: Int
  /// Spans of a batch.
  public let batch: Int
  /// Decides places and order of the spans of each pass.
  public let seed: UInt64

  /// - Precondition: at least one span fits.
  public init(_ tokens: [Int], length: Int, batch: Int, seed: UInt64) {
    precondition(length > 0 && batch > 0, "batches of \(batch) spans of \(length) tokens")
    precondition(tokens.count > length, "\(tokens.count) tokens have no span of \(length) predictions")
    self.tokens = tokens
    self.length = length
    self.batch = batch
    self.seed = seed
  }

  /// Spans of a pass.
  public var spansPerPass: Int { tokens.count / length }
  /// Tokens that are predicted in a batch.
  public var tokensPerBatch: Int { batch * length }
  /// The number of passes over the tokens after a number of batches.
  public func passes(after steps: Int) -> Double {
    Double(steps) * Double(batch) / Double(spansPerPass)
  }

  /// The spans of a batch, [batch][length + 1].
  public func batch(at step: Int) -> [[Int]] {
    precondition(step >= 0, "batch \(step)")
    var (order, pass) = (Shuffle(spansPerPass, seed: seed, pass: 0), 0)
    var start = self.start(of: 0)
    return (0..<batch).map { index in
      let number = step * batch + index
      if number / spansPerPass != pass {
        pass = number / spansPerPass
        order = Shuffle(spansPerPass, seed: seed, pass: pass)
        start = self.start(of: pass)
      }
      return span(at: start + order[number % spansPerPass] * length)
    }
  }

  /// The same spans with some tokens replaced by others, drawn by their frequency: the input of a model that
  /// is to predict the true tokens. A small text that is read many times is then memorised more slowly.
  ///
  /// Source: unigram noising of arXiv:1703.02573, which does to a neural model what interpolation does to counts.
  ///
  /// - Parameter share: of the tokens, 0...1.
  public func noised(at step: Int, share: Double) -> [[Int]] {
    var random = SeededGenerator(seed: seed, step: step, purpose: "noise")
    return batch(at: step).map { span in
      span.map { token in
        // Both numbers are drawn for every token, so that another share replaces more or fewer of the same ones.
        let (chance, other) = (
          Double.random(in: 0..<1, using: &random), Int.random(in: 0..<tokens.count, using: &random)
        )
        return chance < share ? tokens[other] : token
      }
    }
  }

  /// Where the first span of a pass is cut.
  private func start(of pass: Int) -> Int {
    var random = SeededGenerator(seed: seed, step: pass, purpose: "windows")
    return Int.random(in: 0..<tokens.count, using: &random)
  }

  private func span(at start: Int) -> [Int] {
    (start...(start + length)).map { tokens[$0 % tokens.count] }
  }

  /// Identifies these batches: a hash of the tokens and of how they are cut (FNV-1a).
  public var fingerprint: String {
    var hash = FNV1a()
    for number in [length, batch, tokens.count] { hash.mix(UInt64(number)) }
    hash.mix(seed)
    for token in tokens { hash.mix(UInt64(bitPattern: Int64(token))) }
    return String(hash.hash, radix: 16)
  }
}
