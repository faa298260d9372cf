import Tensors
import Testing
import Transformers

@Suite struct `A single query` {
  /// 1e-5: the softmax's sums are cut elsewhere. The last of two queries goes through the kernel for many.
  @Test(
    arguments: [8, 16, 40, 64], [(1, nil, 0), (5, nil, 3), (300, nil, 0), (300, 7, 0), (300, 200, 130), (40, 3, 5)])
  func `sees what the last of many sees`(_ width: Int, _ shape: (keys: Int, slidingWindow: Int?, extra: Int)) {
    func rows(_ count: Int, _ heads: Int, _ step: Int) -> Tensor {
      Tensor((0..<count * heads * width).map { Float(($0 * step) % 101) / 50 - 1 }, shape: [count, heads, width])
    }
    let (queries, keys, values) = (rows(2, 6, 7), rows(shape.keys + 1, 2, 11), rows(shape.keys + 1, 2, 13))
    let extra = (keys: rows(shape.extra + 1, 2, 17), values: rows(shape.extra + 1, 2, 19))
    func seen(_ range: Range<Int>, split: Int) -> Tensor {
      let sequence = AttentionSequence(
        queries: range, keys: [0..<split, split..<(shape.keys + 1)], extra: [0..<shape.extra])
      return attention(queries, keys, values, extra: extra, sequences: [sequence], slidingWindow: shape.slidingWindow)
        .row(1)
    }
    #expect(distance(seen(1..<2, split: 1), from: seen(0..<2, split: shape.keys)) < 1e-5)
  }
}

@Suite struct `A row cache` {
  let decoder: Decoder
  init() throws { decoder = try smallDecoder() }

  private func plain(_ tokens: [Int]) -> Tensor { decoder.states(of: [Passage(tokens)]).hidden }

  /// 1e-5: the softmax's sums are cut elsewhere.
  @Test(arguments: [1, 3, 7, 16, 40]) func `lets a text be read in pieces`(_ piece: Int) {
    let tokens = someTokens(40)
    var cache = RowCache(for: decoder.configuration)
    let sequence = cache.begin()
    let parts = stride(from: 0, to: 40, by: piece).map { start in
      let part = Passage(Array(tokens[start..<min(start + piece, 40)]))
      return decoder.states(of: [part], continuing: [sequence], in: &cache).hidden
    }
    #expect(cache.count(of: sequence) == 40)
    #expect(distance(Tensor.concatenated(parts), from: plain(tokens)) < 1e-5)
  }

  @Test func `keeps sequences of different lengths apart`() {
    let texts = [someTokens(5, 1), someTokens(33, 2), someTokens(18, 3)]
    var cache = RowCache(for: decoder.configuration)
    let sequences = texts.map { _ in cache.begin() }
    _ = decoder.states(of: texts.map { Passage(Array($0.dropLast(2))) }, continuing: sequences, in: &cache)
    let ends = decoder.states(of: texts.map { Passage(Array($0.suffix(2))) }, continuing: sequences, in: &cache)
    for (text, span) in zip(texts, ends.spans) {
      #expect(distance(ends.hidden.rows(span), from: plain(text).rows((text.count - 2)..<text.count)) < 1e-5)
    }
  }

  @Test(arguments: [1, 15, 16, 17, 30]) func `forks a sequence, and neither end changes the other`(_ at: Int) {
    let (common, a, b) = (someTokens(30), someTokens(9, 4), someTokens(20, 5))
    var cache = RowCache(for: decoder.configuration)
    let first = cache.begin()
    _ = decoder.states(of: [Passage(common)], continuing: [first], in: &cache)
    let second = cache.fork(first, count: at)
    let states = decoder.states(of: [Passage(a), Passage(b)], continuing: [first, second], in: &cache)
    #expect(distance(states.hidden.rows(states.spans[0]), from: plain(common + a).rows(30..<39)) < 1e-5)
    #expect(distance(states.hidden.rows(states.spans[1]), from: plain(common[..<at] + b).rows(at..<(at + 20))) < 1e-5)
  }

  @Test func `goes back and reads on`() {
    let tokens = someTokens(40)
    var cache = RowCache(for: decoder.configuration)
    let sequence = cache.begin()
    _ = decoder.states(of: [Passage(someTokens(37, 9))], continuing: [sequence], in: &cache)
    cache.rewind(sequence, to: 0)
    _ = decoder.states(of: [Passage(Array(tokens[..<20]) + someTokens(9, 8))], continuing: [sequence], in: &cache)
    cache.rewind(sequence, to: 20)
    let rest = decoder.states(of: [Passage(Array(tokens[20...]))], continuing: [sequence], in: &cache)
    #expect(distance(rest.hidden, from: plain(tokens).rows(20..<40)) < 1e-5)
  }

  @Test func `uses room again that became free`() {
    var cache = RowCache(for: decoder.configuration)
    cache.reserve(64)
    let room = cache.capacity
    for round in 0..<20 {
      let sequence = cache.begin()
      _ = decoder.states(of: [Passage(someTokens(50, round))], continuing: [sequence], in: &cache)
      let fork = cache.fork(sequence)
      cache.remove(sequence)
      cache.remove(fork)
    }
    #expect(cache.capacity == room)
  }
}
