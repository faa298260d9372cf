import Miniature
import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `A convolved decoder` {
  static let model = ConvolvedDecoder(
    .init(vocabulary: 11, width: 8, layers: 2, heads: 2, innerWidth: 12, contextLength: 24), seed: 2)
  static let tokens = [1, 5, 3, 3, 9, 0, 2, 7, 10, 4]

  /// 223·64 + 2·(2·64 + 64·4 + 3·64² + 64² + 3·64·160) + 64, counted by hand.
  @Test func `has a hundred thousand parameters by default`() {
    #expect(ConvolvedDecoder(.init(vocabulary: 223), seed: 1).parameterCount == 109_312)
  }

  /// Keys, values and the inputs of the convolutions are kept, wherever a sequence is cut.
  @Test(arguments: [[10], [1, 9], [2, 1, 1, 6], [4, 3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]])
  func `reads the same in pieces`(_ pieces: [Int]) {
    let whole = Self.model.states(of: [Passage(Self.tokens)]).hidden
    var cache = Self.model.makeCache()
    // Another sequence between the pieces, so that rows of two lie side by side.
    let (one, other) = (cache.begin(), cache.begin())
    var (start, parts): (Int, [Tensor]) = (0, [])
    for count in pieces {
      let piece = Passage(Array(Self.tokens[start..<(start + count)]))
      let states = Self.model.states(of: [Passage([6]), piece], continuing: [other, one], in: &cache)
      parts.append(states.hidden.rows(states.spans[1]))
      start += count
    }
    #expect(cache.count(of: one) == 10 && cache.count(of: other) == pieces.count)
    #expect(distance(.concatenated(parts), whole) < 1e-5)
  }

  /// Where only last states are needed, the last layer leaves the others out; what is kept of them is the same.
  @Test func `reads for the last states alone`() {
    var (cache, other) = (Self.model.makeCache(), Self.model.makeCache())
    let sequences = (0..<3).map { _ in cache.begin() }, others = (0..<3).map { _ in other.begin() }
    let passages = [[Self.tokens, [6], [8, 2, 2]], [[1], [3, 4], [5]]]
    for part in passages {
      let last = Self.model.lastStates(of: part.map { Passage($0) }, continuing: sequences, in: &cache)
      let all = Self.model.states(of: part.map { Passage($0) }, continuing: others, in: &other)
      #expect(last.hidden.shape == [3, 8] && last.spans == [0..<1, 1..<2, 2..<3])
      #expect(distance(last.hidden, all.hidden.gathered(all.lastRows)) < 1e-5)
    }
    #expect(sequences.map { cache.count(of: $0) } == [11, 3, 4])
  }

  @Test(arguments: [0, 1, 3, 7])
  func `can be forked anywhere`(_ count: Int) {
    var cache = Self.model.makeCache()
    let first = cache.begin()
    _ = Self.model.states(of: [Passage(Self.tokens)], continuing: [first], in: &cache)
    #expect(cache.forkable(first, upTo: count) == count)
    let fork = cache.fork(first, count: count)
    let rest = Self.model.states(of: [Passage([8, 2])], continuing: [fork], in: &cache).hidden
    let whole = Self.model.states(of: [Passage(Self.tokens.prefix(count) + [8, 2])]).hidden
    #expect(distance(rest, whole.rows(count..<(count + 2))) < 1e-5)
    #expect(cache.count(of: first) == 10)
    cache.remove(first)
    cache.remove(fork)
  }

  /// The convolution makes a difference that plain attention of one layer could not: it sees the token before.
  @Test func `sees up to three tokens before each in one layer`() {
    var model = Self.model
    let before = model.states(of: [Passage(Self.tokens)]).hidden
    model.forEachParameter { name, tensor in
      if name.hasSuffix("kernel") { tensor = Tensor(zeros: tensor.shape) }
    }
    #expect(distance(model.states(of: [Passage(Self.tokens)]).hidden, before) > 0.01)
  }

  @Test func `has the gradient of its central differences`() {
    let sequences = [Self.tokens, [4, 4, 8]]
    let live = Self.model.tracked()
    let found = gradients(of: live.loss(on: sequences), for: live.parameters.map(\.tensor))
    for (index, parameter) in Self.model.parameters.enumerated() {
      for place in stride(from: 0, to: parameter.tensor.count, by: max(1, parameter.tensor.count / 10)) {
        func moved(_ by: Float) -> Double {
          var (model, visit) = (Self.model, 0)
          model.forEachParameter { _, tensor in
            if visit == index { tensor.withMutableScalars { $0[place] += by } }
            visit += 1
          }
          return Double(model.loss(on: sequences).scalar)
        }
        let difference = (moved(4e-3) - moved(-4e-3)) / 8e-3
        // A loss of 2.4 in float32 is known to 2e-7; over 8e-3 that is 6e-5.
        #expect(abs(difference - Double(found[index].scalars[place])) < 2e-3, "\(parameter.name)[\(place)]")
      }
    }
  }

  @Test func `writes what it finds likeliest`() {
    let written = Self.model.continuations(of: [
      GenerationRequest(Self.tokens, limit: 6), GenerationRequest([3], limit: 6),
    ])
    var tokens = Self.tokens
    for _ in 0..<6 {
      let states = Self.model.states(of: [Passage(tokens)])
      tokens.append(Self.model.logits(of: states, rows: states.lastRows).top(1).columns[0][0])
    }
    #expect(written[0].tokens == Array(tokens.suffix(6)))
    let scores = Self.model.logLikelihoods(of: [tokens]).scalars.suffix(6)
    #expect(zip(scores, written[0].logProbabilities).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  private func distance(_ one: Tensor, _ other: Tensor) -> Float {
    zip(one.scalars, other.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
