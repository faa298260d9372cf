import Foundation

/// An n-gram model with interpolated Kneser-Ney smoothing: the baseline that a learned model has to beat.
///
///     var trigrams = KneserNey(order: 3, vocabulary: 1024, counting: training)
///     trigrams.fit(on: choosing)
///     trigrams.surprisals(of: heldOut[0])
///
/// A discount is subtracted from each count of a context and given to the model of the next shorter context.
/// There a token counts by the number of contexts before it, not by its frequency. The shortest model is mixed
/// with the uniform distribution, so that every token of the vocabulary has a probability everywhere. Order 1 is
/// the unigram model, discounted and mixed in the same way.
///
/// Source: Kneser and Ney 1995, in the interpolated form of Chen and Goodman 1999, with one discount an order;
/// where they estimate it from counts of counts, `fit` chooses it by the likelihood of other text.
public struct KneserNey: Sendable {
  /// The longest gram; a token is predicted from `order` - 1 tokens before it.
  public let order: Int
  /// Token ids are 0..<vocabulary; each has a probability above 0.
  public let vocabulary: Int
  /// The discount of each count, 0...1, by order, order 1 first.
  public private(set) var discounts: [Double]
  /// By order: how often a gram stands, or for all but the longest, behind how many tokens.
  private var grams: [[[Int32]: Int]]
  /// By order: of a context, the sum of its grams' counts and how many there are.
  private var contexts: [[[Int32]: Context]]

  private struct Context: Sendable {
    var total = 0
    var kinds = 0
  }

  /// - Precondition: an order of at least 1; tokens in 0..<vocabulary, at least one.
  public init(order: Int, vocabulary: Int, counting streams: [[Int]]) {
    precondition(order >= 1 && vocabulary >= 1, "an order of \(order) over \(vocabulary) tokens")
    precondition(streams.contains { !$0.isEmpty }, "no token to count")
    self.order = order
    self.vocabulary = vocabulary
    discounts = [Double](repeating: 0.75, count: order)
    var grams = [[[Int32]: Int]](repeating: [:], count: order)
    for stream in streams {
      precondition(stream.allSatisfy { (0..<vocabulary).contains($0) }, "a token outside of 0..<\(vocabulary)")
      let stream = stream.map { Int32($0) }
      // A beginning is shorter than the order: nothing stands before it, so its grams count as they are.
      for end in stream.indices {
        let length = min(order, end + 1)
        grams[length - 1][Array(stream[(end + 1 - length)...end]), default: 0] += 1
      }
    }
    // Each gram of n tokens is one more token behind which its last n - 1 have stood.
    for length in stride(from: order, to: 1, by: -1) {
      for gram in grams[length - 1].keys { grams[length - 2][Array(gram.dropFirst()), default: 0] += 1 }
    }
    self.grams = grams
    contexts = grams.map { grams in
      grams.reduce(into: [:]) { contexts, gram in
        contexts[Array(gram.key.dropLast()), default: Context()].total += gram.value
        contexts[Array(gram.key.dropLast()), default: Context()].kinds += 1
      }
    }
  }

  /// The probability of a token after a context, of which the last `order - 1` tokens count. Over the vocabulary
  /// it adds up to 1.
  public func probability(of token: Int, after context: ArraySlice<Int>) -> Double {
    probability(evidence(of: token, after: context))
  }

  /// -ln p of each token of a stream that has one before it.
  public func surprisals(of stream: [Int]) -> [Float] {
    stream.indices.dropFirst().map { Float(-log(probability(of: stream[$0], after: stream[..<$0]))) }
  }

  /// Chooses the discounts under which streams are likeliest, one order after the other, twice.
  public mutating func fit(on streams: [[Int]]) {
    let evidence = streams.flatMap { stream in
      stream.indices.dropFirst().map { self.evidence(of: stream[$0], after: stream[..<$0]) }
    }
    func loss(_ discounts: [Double]) -> Double {
      var model = self
      model.discounts = discounts
      return evidence.reduce(0) { $0 - log(model.probability($1)) }
    }
    for _ in 0..<2 {
      for index in discounts.indices.reversed() {
        discounts[index] = Self.least(0.02...0.98) { discount in
          var tried = discounts
          tried[index] = discount
          return loss(tried)
        }
      }
    }
  }

  /// What was counted of a token behind a context, of order 1 first, as far as the context was met.
  private struct Evidence {
    var counts: [(count: Int, total: Int, kinds: Int)] = []
  }

  private func evidence(of token: Int, after context: ArraySlice<Int>) -> Evidence {
    var evidence = Evidence()
    for length in 1...order where length - 1 <= context.count {
      let before = context.suffix(length - 1).map { Int32($0) }
      guard let met = contexts[length - 1][before] else { break }
      evidence.counts.append((grams[length - 1][before + [Int32(token)]] ?? 0, met.total, met.kinds))
    }
    return evidence
  }

  private func probability(_ evidence: Evidence) -> Double {
    var probability = 1 / Double(vocabulary)
    for (index, counted) in evidence.counts.enumerated() {
      let discount = discounts[index]
      let kept = max(Double(counted.count) - discount, 0)
      probability = (kept + discount * Double(counted.kinds) * probability) / Double(counted.total)
    }
    return probability
  }

  /// Where a function with one valley is least, to 0.005, by golden section.
  private static func least(_ range: ClosedRange<Double>, of value: (Double) -> Double) -> Double {
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (range.lowerBound, range.upperBound)
    var (a, b) = (high - golden * (high - low), low + golden * (high - low))
    var (left, right) = (value(a), value(b))
    while high - low > 0.005 {
      if left <= right {
        (high, b, right) = (b, a, left)
        a = high - golden * (high - low)
        left = value(a)
      } else {
        (low, a, left) = (a, b, right)
        b = low + golden * (high - low)
        right = value(b)
      }
    }
    return (low + high) / 2
  }
}
