import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `What enters a forward pass` {
  let decoder: Decoder
  let tokens = someTokens(12)
  init() throws { decoder = try smallDecoder() }

  private func logits(_ passage: Passage) -> Tensor { decoder.logits(of: decoder.states(of: [passage])) }
  private func logits(recalling passage: Passage) async throws -> Tensor {
    decoder.logits(of: try await decoder.states(awaiting: [passage]))
  }
  private func bits(_ tensor: Tensor) -> [UInt32] { tensor.scalars.map(\.bitPattern) }

  @Test func `changes no bit where it is nothing`() async throws {
    let plain = bits(logits(Passage(tokens)))
    let empty = Injections(
      rows: Bank(layers: [0, 1], rows: nil), distributions: [(Tensor(zeros: [40]), 0)])
    #expect(bits(try await logits(recalling: Passage(tokens, injections: empty))) == plain)
    #expect(bits(logits(Passage([.tokens(tokens), .vectors(Tensor(zeros: [0, 24]))]))) == plain)
    let noRows = Rows(keys: Tensor(zeros: [2, 0, 8]), values: Tensor(zeros: [2, 0, 8]))
    let none = Injections(rows: Bank(layers: [0], rows: noRows))
    #expect(bits(try await logits(recalling: Passage(tokens, injections: none))) == plain)
  }

  @Test func `as vectors stands in place of embeddings`() throws {
    let table = try #require(decoder.parameters.first { $0.name == "model.embed_tokens.weight" }).tensor
    let mixed = Passage([
      .tokens(Array(tokens[..<4])), .vectors(table.gathered(Array(tokens[4..<9]))), .tokens(Array(tokens[9...])),
    ])
    #expect(bits(logits(mixed)) == bits(logits(Passage(tokens))))
  }

  @Test func `as a residual is added at its layer, behind the last one too`() {
    let hidden = [Tap(.hidden, layer: 0), Tap(.hidden, layer: 1), Tap(.hidden, layer: 2)]
    let plain = decoder.states(of: [Passage(tokens)], taps: Set(hidden)).taps[0]
    for layer in 0...2 {
      let added = Tensor((0..<24).map { Float($0) / 10 })
      let passage = Passage(tokens, injections: Injections(residuals: [(added, layer)]))
      let taps = decoder.states(of: [passage], taps: Set(hidden)).taps[0]
      for before in 0..<layer { #expect(taps[hidden[before]] == plain[hidden[before]]) }
      #expect(taps[hidden[layer]] == plain[hidden[layer]].map { $0 + added })
    }
  }

  @Test func `as a distribution is mixed by its weight`() {
    let other = Tensor((0..<40).map { $0 == 7 ? 1 : 0 })
    let mixed = logits(Passage(tokens, injections: Injections(distributions: [(other, 0.25)]))).exp()
    let expected = logits(Passage(tokens)).softmax() * 0.75 + other * 0.25
    #expect(distance(mixed, from: expected) < 1e-5)
  }

  /// The exactness oracle of row banks: all rows of the past, recalled at their own positions, are the past.
  @Test func `as all rows of the past at their positions is that past`() async throws {
    let taps = Set((0..<2).flatMap { [Tap(.keys, layer: $0), Tap(.values, layer: $0)] })
    let past = decoder.states(of: [Passage(Array(tokens[..<7]))], taps: taps).taps[0]
    let bank = Bank(layers: [0, 1]) { layer in
      past[Tap(.keys, layer: layer)].flatMap { keys in
        past[Tap(.values, layer: layer)].map { Rows(keys: keys, values: $0) }
      }
    }
    var cache = RowCache(for: decoder.configuration)
    let sequence = cache.begin()
    _ = decoder.states(of: [Passage(Array(tokens[..<7]))], continuing: [sequence], in: &cache)
    let dense = decoder.states(of: [Passage(Array(tokens[7...]))], continuing: [sequence], in: &cache)
    // A pass of its own begins at position 0, so the seven rows stand at -7...-1: rotations tell differences only.
    let recalled = try await decoder.states(
      awaiting: [Passage(Array(tokens[7...]), injections: Injections(rows: bank, rowPosition: .before))])
    #expect(distance(recalled.hidden, from: dense.hidden) < 1e-5)
  }

  @Test func `into one passage leaves the others as they are`() async throws {
    let bank = Bank(
      layers: [1],
      rows: Rows(keys: Tensor(repeating: 0.5, shape: [2, 3, 8]), values: Tensor(repeating: 2, shape: [2, 3, 8])))
    let injections = Injections(
      rows: bank, residuals: [(Tensor(repeating: 1, shape: [24]), 1)],
      distributions: [(Tensor(repeating: 1 / 40, shape: [40]), 0.5)])
    let states = try await decoder.states(
      awaiting: [Passage(tokens), Passage(tokens, injections: injections), Passage(tokens)])
    let all = decoder.logits(of: states)
    #expect(bits(all.rows(0..<12)) == bits(all.rows(24..<36)))
    #expect(distance(all.rows(0..<12), from: logits(Passage(tokens))) < 1e-5)
    #expect(distance(all.rows(12..<24).softmax(), from: logits(Passage(tokens)).softmax()) > 1e-2)
  }

  /// Central differences at a step of 1e-2: float32 sums leave about three digits.
  @Test func `carries gradients back to the memory it came from`() async throws {
    func loss(_ memory: Tensor) async throws -> Tensor {
      let rows = memory.slice(0..<16, axis: 1).reshaped(2, 3, 8)
      let injections = Injections(
        rows: Bank(layers: [0], rows: Rows(keys: rows, values: rows * 0.5)), rowPosition: .before,
        residuals: [(memory.row(0).reshaped(24), 1)])
      let passage = Passage([.vectors(memory), .tokens(tokens)], injections: injections)
      return try await logits(recalling: passage).crossEntropy(
        [-1, -1, -1] + tokens.map { ($0 + 1) % 40 })
    }
    let memory = Tensor((0..<72).map { Float(($0 * 37) % 11) / 10 - 0.5 }, shape: [3, 24])
    let tracked = memory.tracked()
    let slopes = gradients(of: try await loss(tracked), for: [tracked])[0]
    for index in [0, 5, 17, 23, 30, 50, 71] {
      func moved(_ by: Float) async throws -> Float {
        var scalars = memory.scalars
        scalars[index] += by
        return try await loss(Tensor(scalars, shape: [3, 24])).scalar
      }
      let difference = try await (moved(1e-2) - moved(-1e-2)) / 2e-2
      #expect(abs(slopes.scalars[index] - difference) < 5e-3 * max(1, abs(difference)), "\(index)")
    }
  }
}

/// Rows that are the same for every query.
struct Bank: RowSource {
  var layers: Set<Int>
  var answer: @Sendable (Int) -> Rows?

  init(layers: Set<Int>, answer: @escaping @Sendable (Int) -> Rows?) {
    self.layers = layers
    self.answer = answer
  }

  init(layers: Set<Int>, rows: Rows?) { self.init(layers: layers) { _ in rows } }

  func rows(for query: RowQuery) async throws -> Rows? { answer(query.layer) }
}
