import Foundation
import Learning
import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `Counting models` {
  /// A stream with runs in it, of 9 tokens.
  static let stream: [Int] = {
    var random = SeededGenerator(seed: 4, purpose: "stream")
    var stream = [0]
    for _ in 0..<400 {
      let (isWild, other) = (Int.random(in: 0..<4, using: &random) == 0, Int.random(in: 0..<9, using: &random))
      let usual = (stream[stream.count - 1] * 2 + 1) % 9
      stream.append(isWild ? other : usual)
    }
    return stream
  }()

  @Test(arguments: [1, 2, 3, 5])
  func `give all tokens together probability 1`(_ order: Int) {
    var model = KneserNey(order: order, vocabulary: 12, counting: [Self.stream])
    model.fit(on: [Array(Self.stream.prefix(100).reversed())])
    for context in [[], [3], [11], [1, 3], [3, 7, 6], [6, 4, 0, 1, 3, 7]] as [[Int]] {
      let shares: [Double] = (0..<12).map { model.probability(of: $0, after: context[...]) }
      let whole: Double = shares.reduce(0, +)
      #expect(abs(whole - 1) < 1e-12, "behind \(context)")
      #expect(shares.allSatisfy { $0 > 0 })
    }
  }

  /// Over {0, 1, 2}, counted on 0 0 1: unigram counts 2, 1, 0 of 3, of two kinds. With discount D = 0.75 the rest is
  /// 1.5/3 over three: p(0) = (2 - 0.75)/3 + 0.5/3 = 0.58333, p(1) = 0.25/3 + 0.5/3 = 0.25, p(2) = 0.16667.
  @Test func `of order 1 are the discounted shares`() {
    let model = KneserNey(order: 1, vocabulary: 3, counting: [[0, 0, 1]])
    for (token, probability) in [0.58333333, 0.25, 0.16666667].enumerated() {
      let found = model.probability(of: token, after: [])
      #expect(abs(found - probability) < 1e-7)
    }
  }

  /// On 0 1 0 1 2: bigrams 01 twice, 10 once, 12 once; behind 1 stand 0 and 2, once each, so with D = 0.75 each
  /// keeps 0.25/2 and 0.75 goes down. There 0 counts 2 (begin of the stream, and behind 1), 1 counts 1 (behind
  /// 0), 2 counts 1: of 4, three kinds, p₁(0) = (2 - 0.75)/4 + 2.25/4/3 = 0.5, p₁(2) = 0.25/4 + 0.1875 = 0.25.
  @Test func `of order 2 count in how many contexts a token stood`() {
    let model = KneserNey(order: 2, vocabulary: 3, counting: [[0, 1, 0, 1, 2]])
    // A context that was never met leaves it to the shorter one.
    let cases: [(token: Int, context: Int, probability: Double)] = [(0, 1, 0.5), (2, 1, 0.3125), (0, 2, 0.5)]
    for (token, context, probability) in cases {
      let found = model.probability(of: token, after: [context])
      #expect(abs(found - probability) < 1e-12)
    }
  }

  @Test func `are no worse with the discounts that were fitted`() {
    let (seen, other) = (Array(Self.stream.prefix(300)), Array(Self.stream.suffix(100)))
    let model = KneserNey(order: 3, vocabulary: 9, counting: [seen])
    var fitted = model
    fitted.fit(on: [other])
    let (before, after) = (model.surprisals(of: other).reduce(0, +), fitted.surprisals(of: other).reduce(0, +))
    #expect(after <= before)
  }

  @Test func `of higher order tell more of a text with runs`() {
    let losses: [Float] = [1, 2].map { order in
      KneserNey(order: order, vocabulary: 9, counting: [Array(Self.stream.prefix(300))])
        .surprisals(of: Array(Self.stream.suffix(100))).reduce(0, +)
    }
    #expect(losses[1] < 0.8 * losses[0])
  }
}

@Suite struct `Scores of a text` {
  /// Two blocks of two tokens, one byte a token: nats 1, 1 and 3, 3.
  @Test func `are nats per token and bits per byte`() throws {
    let text = TextScores([[0, 1, 2, 3, 4]], block: 2) { _ in 1 }
    let score = text.score([[1, 1, 3, 3]])
    #expect(score.natsPerToken.value == 2 && score.natsPerToken.n == 2)
    #expect(abs(score.bitsPerByte.value - 2 / log(2)) < 1e-12)
    #expect(score.tokens == 4 && score.bytes == 4 && abs(score.perplexity - exp(2)) < 1e-12)
    let range = try #require(score.natsPerToken.range)
    #expect(range.lowerBound < 2 && range.upperBound > 2)
  }

  /// The blocks differ by more than the models do, and that cancels.
  @Test func `of two models are compared block by block`() throws {
    let text = TextScores([Array(0...100)], block: 10) { _ in 2 }
    let first = (0..<100).map { Float($0 / 10) }
    let difference = text.difference([first.map { $0 + 1 }], [first])
    #expect(abs(difference.value - 0.5 / log(2)) < 1e-6)
    let range = try #require(difference.range)
    #expect(range.upperBound - range.lowerBound < 1e-6)
  }
}

@Suite struct `A decoder's surprisals` {
  static let decoder = try? Decoder(
    DecoderConfiguration(vocabulary: 20, width: 16, innerWidth: 24, layers: 2, heads: 2, contextLength: 16),
    weights: RandomWeights(seed: 2, deviation: 0.3))
  static let stream = (0..<75).map { ($0 * $0 + 3) % 20 }

  /// Each is what a span gives that begins where the last half span did: 16 tokens, half of them new.
  @Test func `are those of spans that overlap by half`() throws {
    let decoder = try #require(Self.decoder)
    let surprisals = decoder.surprisals(of: Self.stream, span: 16)
    #expect(surprisals.count == 74)
    for target in [1, 7, 16, 17, 24, 25, 40, 70] {
      let start = target <= 16 ? 0 : (target - 9) / 8 * 8
      let likelihood = decoder.logLikelihoods(of: [Array(Self.stream[start...target])]).scalars.last ?? .nan
      // Sums of 16 terms in another order: 1e-4 is ten times what was seen.
      #expect(abs(surprisals[target - 1] + likelihood) < 1e-4, "token \(target)")
    }
  }

  @Test func `of a stream within a span are those of the whole stream`() throws {
    let decoder = try #require(Self.decoder)
    let stream = Array(Self.stream.prefix(12))
    #expect(decoder.surprisals(of: stream, span: 16) == decoder.logLikelihoods(of: [stream]).scalars.map { -$0 })
    #expect(decoder.surprisals(of: [3], span: 16).isEmpty)
  }

  @Test func `by context are asked at every distance`() throws {
    let decoder = try #require(Self.decoder)
    let curve = ContextCurve(of: decoder, on: [Self.stream, [1, 2]], span: 16)
    #expect(curve.points.map { [$0.from, $0.through] } == [[1, 1], [2, 2], [3, 4], [5, 8], [9, 16]])
    #expect(curve.tokens == 59)
    // Of 74 surprisals those of tokens 16 to 74 count.
    let rising: [[Float]] = [(1...74).map { Float($0) }, [7]]
    #expect(ContextCurve.nats(of: rising, span: 16) == 45)
    // Each of the tokens 16 to 74 once: behind one token, and behind 9, 10, … 16, 9, … in turn.
    for (point, distance) in [(0, { _ in 1 }), (4, { 9 + ($0 - 16) % 8 })] as [(Int, (Int) -> Int)] {
      let losses: [Float] = (16..<75).map { target in
        let sequence = Array(Self.stream[(target - distance(target))...target])
        return -(decoder.logLikelihoods(of: [sequence]).scalars.last ?? .nan)
      }
      let mean: Float = losses.reduce(0, +) / 59
      #expect(abs(Float(curve.points[point].nats.value) - mean) < 1e-4)
    }
  }
}
