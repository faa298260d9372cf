import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `A tap` {
  let decoder: Decoder
  let tokens = someTokens(10)
  init() throws { decoder = try smallDecoder() }

  @Test func `of keys and values has rows for each key head, of hidden states one per position`() {
    let taps: Set<Tap> = [Tap(.keys, layer: 1), Tap(.values, layer: 0), Tap(.hidden, layer: 2)]
    let found = decoder.states(of: [Passage(tokens), Passage([1, 2, 3])], taps: taps).taps
    #expect(
      found[0].mapValues(\.shape) == [
        Tap(.keys, layer: 1): [2, 10, 8], Tap(.values, layer: 0): [2, 10, 8], Tap(.hidden, layer: 2): [10, 24],
      ])
    #expect(found[1][Tap(.keys, layer: 1)]?.shape == [2, 3, 8])
  }

  @Test func `of the first stream has the embeddings`() throws {
    let table = try #require(decoder.parameters.first).tensor
    let found = decoder.states(of: [Passage(tokens)], taps: [Tap(.hidden, layer: 0)]).taps[0]
    #expect(found[Tap(.hidden, layer: 0)] == table.gathered(tokens))
  }

  @Test func `of keys does not depend on where they stand`() throws {
    let tap = Tap(.keys, layer: 0)
    var cache = RowCache(for: decoder.configuration)
    let sequence = cache.begin()
    _ = decoder.states(of: [Passage(someTokens(21))], continuing: [sequence], in: &cache)
    let late = decoder.states(of: [Passage(tokens)], continuing: [sequence], in: &cache, taps: [tap]).taps[0]
    let early = decoder.states(of: [Passage(tokens)], taps: [tap]).taps[0]
    #expect(late[tap] == early[tap])
  }

  @Test func `changes nothing`() {
    let all = Set((0..<2).flatMap { [Tap(.keys, layer: $0), Tap(.values, layer: $0), Tap(.hidden, layer: $0)] })
    #expect(decoder.states(of: [Passage(tokens)], taps: all).hidden == decoder.states(of: [Passage(tokens)]).hidden)
  }
}

@Suite struct `A decoder` {
  @Test func `has as many parameters as its configuration counts`() throws {
    let decoder = try smallDecoder()
    #expect(decoder.parameterCount == decoder.configuration.parameterCount)
    for name in Reference.names {
      let decoder = try Reference(name).decoder
      #expect(decoder.parameterCount == decoder.configuration.parameterCount, "\(name)")
    }
  }

  @Test func `sees no later token`() throws {
    let decoder = try smallDecoder()
    let (a, b) = (someTokens(20), someTokens(12) + someTokens(8, 3))
    let hidden = [a, b].map { decoder.states(of: [Passage($0)]).hidden.rows(0..<12) }
    #expect(hidden[0] == hidden[1])
  }

  @Test func `computes the same bits with one thread and two`() throws {
    let decoder = try Reference("qwen3").decoder
    let threads = Threads.count
    defer { Threads.count = threads }
    let results = [1, 2].map { count in
      Threads.count = count
      return decoder.states(of: [Passage((0..<200).map { $0 % 64 }), Passage([1, 2, 3])]).hidden
    }
    #expect(results[0] == results[1])
  }
}
