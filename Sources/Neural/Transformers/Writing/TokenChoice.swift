import Foundation
import Palimpsest
import Tensors

/// How the next token is chosen from the scores of all tokens.
///
/// Scores are divided by the temperature. Then the `topK` likeliest tokens stay, of these the fewest that
/// have `topP` together, and of these those with at least `minP` times the probability of the likeliest. One
/// of them is drawn by its share. Temperature 0 takes the likeliest token, the first of equal ones.
///
/// Source: top-p is nucleus sampling (arXiv:1904.09751), min-p arXiv:2407.01082.
public struct TokenChoice: Sendable, Codable, Hashable {
  /// 0 takes the likeliest token; above 1 flattens, below 1 sharpens the distribution.
  public var temperature: Float
  /// Tokens that may be drawn; nil allows all.
  public var topK: Int?
  /// Share of probability that the tokens which may be drawn have together, 0...1; 1 cuts nothing off.
  public var topP: Float
  /// Share of the likeliest token's probability that a token must have, 0...1; 0 cuts nothing off.
  public var minP: Float

  /// - Precondition: a temperature that is not negative, at least one token of `topK`, shares in 0...1.
  public init(temperature: Float = 1, topK: Int? = nil, topP: Float = 1, minP: Float = 0) {
    precondition(temperature >= 0 && temperature.isFinite, "a temperature of \(temperature)")
    precondition(topK.map { $0 > 0 } ?? true, "the \(topK ?? 0) likeliest tokens")
    precondition((0...1).contains(topP) && (0...1).contains(minP), "top-p \(topP), min-p \(minP)")
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
  }

  /// The likeliest token, always.
  public static let greedy = TokenChoice(temperature: 0)

  /// Whether tokens are drawn from the model's own distribution.
  public var isPlain: Bool { temperature == 1 && topK == nil && topP == 1 && minP == 0 }

  /// Draws a token.
  ///
  /// - Parameter logits: of one position, [vocabulary].
  /// - Returns: the token, and its log-probability under the distribution it was drawn from; 0 for the likeliest
  ///   token, which is not drawn.
  public func draw(from logits: Tensor, using random: inout some RandomNumberGenerator) -> (
    token: Int, logProbability: Float
  ) {
    if temperature == 0 || topK == 1 { return (logits.likeliest, 0) }
    // Drawn before anything is looked at, so that a sequence takes one number per token whatever the rules.
    let share = Double.random(in: 0..<1, using: &random)
    let row = logits.reshaped(1, logits.count)
    let probabilities = (temperature == 1 ? row : row / temperature).softmax()
    if topK == nil, topP == 1, minP == 0 { return probabilities.withScalars { Self.pick(share, of: $0) } }
    let (values, columns) = kept(of: probabilities)
    let (place, logProbability) = values.withUnsafeBufferPointer { Self.pick(share, of: $0) }
    return (columns[place], logProbability)
  }

  /// Draws a token of each row from the model's own distribution, bit for bit as one by one.
  ///
  /// - Parameters:
  ///   - logits: [rows, vocabulary].
  ///   - random: one generator for each row; `chosen` has a place for each.
  static func draw(
    from logits: Tensor, using random: UnsafeMutableBufferPointer<some RandomNumberGenerator>,
    into chosen: UnsafeMutableBufferPointer<(token: Int, logProbability: Float)>
  ) {
    let shares = random.indices.map { Double.random(in: 0..<1, using: &random[$0]) }
    let columns = logits.shape[1]
    logits.softmax().withScalars { scalars in
      // Rows are apart from each other: no two bodies touch the same place.
      nonisolated(unsafe) let chosen = chosen
      parallel(shares.count, grain: max(1, (1 << 14) / max(1, columns))) { rows in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: columns) { sums in
          for row in rows {
            let weights = UnsafeBufferPointer(rebasing: scalars[(row * columns)..<((row + 1) * columns)])
            chosen[row] = pick(shares[row], of: weights, sums)
          }
        }
      }
    }
  }

  /// The probabilities that stay, largest first, and their tokens.
  private func kept(of probabilities: Tensor) -> (values: [Float], tokens: [Int]) {
    let vocabulary = probabilities.count
    var limit = min(topK ?? 64, vocabulary)
    while true {
      let (top, columns) = probabilities.top(limit)
      var values = top.scalars
      // Shares are of what `topK` left.
      let whole = topK == nil ? 1 : values.reduce(0.0) { $0 + Double($1) }
      var (sum, count) = (0.0, 0)
      while count < values.count, count == 0 || sum < Double(topP) * whole {
        sum += Double(values[count])
        count += 1
      }
      let least = minP * values[0]
      let isWhole = limit == vocabulary || topK != nil
      // The rest cannot matter once the share is reached or what comes is too small.
      if isWhole || (topP < 1 && sum >= Double(topP)) || values[limit - 1] < least {
        values = Array(values.prefix(count).prefix { $0 >= least })
        return (values, Array(columns[0].prefix(values.count)))
      }
      limit = min(limit * 8, vocabulary)
    }
  }

  private static func pick(_ share: Double, of weights: UnsafeBufferPointer<Float>) -> (Int, Float) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: weights.count) { pick(share, of: weights, $0) }
  }

  /// The index at which the running sum passes a share of the whole sum, and the logarithm of its part of the sum.
  ///
  /// - Parameter sums: room for the running sums.
  private static func pick(
    _ share: Double, of weights: UnsafeBufferPointer<Float>, _ sums: UnsafeMutableBufferPointer<Double>
  ) -> (Int, Float) {
    var whole = 0.0
    for index in weights.indices {
      whole += Double(weights[index])
      sums[index] = whole
    }
    let target = share * whole
    // The sums rise: the first one behind the target is found by halves.
    var (low, high) = (0, weights.count)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    // Rounding may leave no sum behind the target; then it is the last token that weighs anything.
    var picked = min(low, weights.count - 1)
    while picked > 0, !(weights[picked] > 0) { picked -= 1 }
    return (picked, Float(log(Double(weights[picked]) / whole)))
  }
}

extension Tensor {
  /// The index of the largest scalar, of equal ones the first; NaN is never the largest.
  var likeliest: Int {
    withScalars { scalars in
      var best = 0
      for index in scalars.indices where scalars[index] > scalars[best] || scalars[best].isNaN { best = index }
      return best
    }
  }
}
