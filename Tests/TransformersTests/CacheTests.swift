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

@Suite struct `Rows of sixteen bits` {
  private func rows(_ count: Int, _ heads: Int, _ seed: UInt64, width: Int = 8) -> Tensor {
    noise([count, heads, width], seed: seed)
  }

  /// A row that is recalled is the row that was read, and attention sees the numbers that were kept: 1e-6, sums are cut
  /// elsewhere.
  @Test(arguments: [RowFormat.float16, .bfloat16], [1, 30]) func `are seen as the numbers they are kept as`(
    _ format: RowFormat, _ queries: Int
  ) {
    let (q, keys, values) = (rows(queries, 6, 1), rows(50, 2, 2), rows(50, 2, 3))
    let (k, v) = (RowBuffer(keys, format: format), RowBuffer(values, format: format))
    let whole = [AttentionSequence(queries: 0..<queries, keys: [0..<50])]
    let found = attention(q, k, v, sequences: whole)
    #expect(distance(found, from: attention(q, k.tensor, v.tensor, sequences: whole)) < 1e-6)
    let step: Float = format == .float16 ? 0x1p-11 : 0x1p-8
    #expect(distance(k.tensor, from: keys) < step && distance(k.tensor, from: keys) > step / 4)
    let recalling = [AttentionSequence(queries: 0..<queries, keys: [20..<50], extra: [0..<20])]
    let recalled = attention(
      q, k, v, extra: (keys.rows(0..<20), values.rows(0..<20)), sequences: recalling)
    #expect(distance(recalled, from: found) < 1e-6)
  }

  /// 1e-6: a gradient needs floats, which are the same numbers.
  @Test func `let gradients through to the queries`() {
    let (q, keys, values) = (rows(3, 6, 1), rows(9, 2, 2), rows(9, 2, 3))
    let (k, v) = (RowBuffer(keys, format: .bfloat16), RowBuffer(values, format: .bfloat16))
    let sequence = [AttentionSequence(queries: 0..<3, keys: [0..<9])]
    func slope(_ attended: (Tensor) -> Tensor) -> Tensor {
      let leaf = q.tracked()
      return gradients(of: (attended(leaf) * noise([3, 6, 8], seed: 9)).sum(), for: [leaf])[0]
    }
    let expected = slope { attention($0, k.tensor, v.tensor, sequences: sequence) }
    #expect(distance(slope { attention($0, k, v, sequences: sequence) }, from: expected) < 1e-6)
    #expect(expected.scalars.contains { $0 != 0 })
  }

  /// The logits of tiny models, whose random weights are ten times as large as trained ones: a few of 2^-12 and of 2^-9.
  @Test(arguments: Reference.names) func `halve the memory, and move logits a little`(_ name: String) throws {
    let reference = try Reference(name)
    var decoder = reference.decoder
    let tokens = reference.numbers.tokens[0]
    func read(_ format: RowFormat, piece: Int) -> (logits: Tensor, bytes: Int) {
      decoder.cacheFormat = format
      var cache = decoder.makeCache()
      let sequence = cache.begin()
      let parts = tokens.cut(piece).map { part in
        decoder.logits(of: decoder.states(of: [Passage(part)], continuing: [sequence], in: &cache))
      }
      return (.concatenated(parts), cache.bytes)
    }
    let whole = read(.float32, piece: 100)
    for (format, bound) in [(RowFormat.float16, Float(4e-3)), (.bfloat16, 3e-2)] {
      let found = read(format, piece: 100)
      #expect(found.bytes * 2 == whole.bytes)
      #expect(decoder.cacheBytes(positions: 10) * 2 == 10 * decoder.configuration.bytesPerPosition(.float32))
      let moved = meanDistance(found.logits, from: whole.logits)
      #expect(moved < bound && moved > 0, "\(format): \(moved)")
      // In pieces and one by one the same numbers are kept, up to those that lie halfway between two.
      #expect(meanDistance(read(format, piece: 5).logits, from: found.logits) < bound)
      #expect(meanDistance(read(format, piece: 1).logits, from: found.logits) < bound)
    }
  }

  /// Forks share rows, a shared block is copied when one writes, and a removed one's room is used again.
  @Test(arguments: [RowFormat.float16, .bfloat16]) func `are shared and copied as floats are`(_ format: RowFormat)
    throws
  {
    var decoder = try smallDecoder()
    decoder.cacheFormat = format
    let (common, a, b) = (someTokens(21), someTokens(9, 4), someTokens(20, 5))
    func alone(_ tokens: [[Int]]) -> [Float] {
      var cache = decoder.makeCache()
      let sequence = cache.begin()
      return tokens.map { decoder.states(of: [Passage($0)], continuing: [sequence], in: &cache).hidden }.last!.scalars
    }
    var cache = decoder.makeCache()
    let first = cache.begin()
    _ = decoder.states(of: [Passage(common)], continuing: [first], in: &cache)
    let second = cache.fork(first)
    let kept = cache
    for (sequence, text) in [(first, a), (second, b)] {
      let states = decoder.states(of: [Passage(text)], continuing: [sequence], in: &cache)
      #expect(states.hidden.scalars == alone([common, text]))
    }
    // A copy of the cache is a value: what was written into the other did not change it.
    var copy = kept
    #expect(
      decoder.states(of: [Passage(b)], continuing: [first], in: &copy).hidden.scalars == alone([common, b]))
  }

  /// An empty recollection changes no bit.
  @Test(arguments: RowFormat.allCases) func `stay what they are beside a memory that is silent`(
    _ format: RowFormat
  ) async throws {
    var decoder = try smallDecoder()
    decoder.cacheFormat = format
    let silent = Injections(rows: Bank(layers: [0, 1]) { _ in nil })
    let plain = decoder.continuations(of: [GenerationRequest(someTokens(30), limit: 12)])[0]
    let beside = try await decoder.continuations(
      awaiting: [GenerationRequest(Passage(someTokens(30), injections: silent), limit: 12)])[0]
    #expect(beside.tokens == plain.tokens)
    #expect(beside.logProbabilities == plain.logProbabilities)
  }
}

extension Array {
  fileprivate func cut(_ piece: Int) -> [[Element]] {
    stride(from: 0, to: count, by: piece).map { Array(self[$0..<Swift.min($0 + piece, count)]) }
  }
}
