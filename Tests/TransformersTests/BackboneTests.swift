import Palimpsest
import Tensors
import Testing
import TinyModel
import Transformers

@Suite struct `A model that keeps a recurrent state` {
  let model = TinyStateSpace()

  @Test func `reads in pieces what it reads at once`() {
    let tokens = someTokens(40)
    let whole = model.states(of: [Passage(tokens)]).hidden
    for piece in [1, 7, 16] {
      var cache = model.makeCache()
      let sequence = cache.begin()
      let parts = stride(from: 0, to: 40, by: piece).map {
        model.states(of: [Passage(Array(tokens[$0..<min($0 + piece, 40)]))], continuing: [sequence], in: &cache).hidden
      }
      #expect(distance(Tensor.concatenated(parts), from: whole) < 1e-5)
      #expect(cache.count(of: sequence) == 40)
    }
  }

  @Test func `sees no later token, and no other passage`() {
    let (a, b) = (someTokens(20), someTokens(12) + someTokens(8, 3))
    let states = model.states(of: [Passage(a), Passage(b), Passage([1, 2])])
    #expect(states.hidden.rows(0..<12) == states.hidden.rows(20..<32))
    #expect(distance(states.hidden.rows(20..<40), from: model.states(of: [Passage(b)]).hidden) < 1e-5)
  }

  @Test func `learns`() {
    var model = model
    let texts = (0..<4).map { someTokens(24, $0) }
    var optimiser = AdamW()
    var losses: [Float] = []
    for _ in 0..<30 {
      let (loss, slopes) = {
        let live = model.tracked()
        let loss = live.loss(on: texts)
        return (loss.scalar, gradients(of: loss, for: live.parameters.map(\.tensor)))
      }()
      losses.append(loss)
      optimiser.step(&model, slopes, rate: 1e-2)
    }
    #expect(losses[29] < losses[0] / 2, "\(losses[0]) to \(losses[29])")
    #expect(model.version(with: nil) != self.model.version(with: nil))
  }

  /// What it says without a cache, token after token.
  private func plain(_ prompt: [Int], _ count: Int) -> [Int] {
    var tokens = prompt
    for _ in 0..<count {
      let states = model.states(of: [Passage(tokens)])
      let scores = model.logits(of: states, rows: states.lastRows).scalars
      tokens.append(scores.indices.max { scores[$0] < scores[$1] } ?? 0)
    }
    return Array(tokens[prompt.count...])
  }

  @Test func `writes in a batch what it writes alone, and shares what it read`() {
    let common = someTokens(40)
    let prompts = [common, common, common + someTokens(9), someTokens(3, 1), common, Array(common[..<33])]
    var batch = Batch(model, width: 2, piece: 16)
    let tickets = prompts.map { batch.add(GenerationRequest($0, limit: 8)) }
    var done: [BatchTicket: Continuation] = [:]
    while !batch.isEmpty { for (ticket, continuation) in batch.step() { done[ticket] = continuation } }
    for (ticket, prompt) in zip(tickets, prompts) { #expect(done[ticket]?.tokens == plain(prompt, 8)) }
    // The second prompt is the first, and the third begins with two whole pieces of it.
    #expect(tickets[1...2].compactMap { done[$0]?.shared } == [40, 32])
  }

  @Test func `is tapped at its states`() {
    let tap = Tap(.state, layer: 1)
    let found = model.states(of: [Passage(someTokens(9)), Passage([1])], taps: [tap, Tap(.hidden, layer: 0)]).taps
    #expect(found[0][tap]?.shape == [16, 4] && found[1][Tap(.hidden, layer: 0)]?.shape == [1, 16])
    let alone = model.states(of: [Passage(someTokens(9))], taps: [tap]).taps[0]
    #expect(distance(found[0][tap]!, from: alone[tap]!) < 1e-5)
  }
}

@Suite struct `Scores of given tokens` {
  let decoder: Decoder
  let tokens = someTokens(12)
  init() throws { decoder = try smallDecoder() }

  @Test func `of tokens alone are their log-likelihoods`() {
    let scores = decoder.scores(of: [Passage(tokens), Passage([1, 2])])
    let expected = decoder.logLikelihoods(of: [tokens, [1, 2]])
    #expect(distance(Tensor.concatenated(scores), from: expected) < 1e-5)
    #expect(scores.map(\.count) == [11, 1])
  }

  @Test func `are of those that the mask names, behind vectors and distributions`() {
    let vectors = Tensor((0..<48).map { Float($0 % 7) / 5 }, shape: [2, 24])
    let other = Tensor((0..<40).map { $0 == 7 ? 1 : 0 })
    let passage = Passage(
      [.tokens(Array(tokens[..<5])), .vectors(vectors), .tokens(Array(tokens[5...]))],
      injections: Injections(distributions: [(other, 0.25)]))
    let mask = (0..<14).map { $0 == 3 || $0 > 6 }
    let found = decoder.scores(of: [passage], masks: [mask])[0]
    let all = decoder.logits(of: decoder.states(of: [passage])).logSoftmax()
    let places = [(2, tokens[3])] + (7..<14).map { ($0 - 1, tokens[$0 - 2]) }
    #expect(distance(found, from: Tensor(places.map { all[$0.0, $0.1] })) < 1e-5)
  }

  @Test func `carry gradients to the weights`() {
    let live = decoder.tracked()
    let loss = live.scores(of: [Passage(tokens)])[0].sum()
    let slopes = gradients(of: loss, for: live.parameters.map(\.tensor))
    let expected = gradients(of: live.logLikelihoods(of: [tokens]).sum(), for: live.parameters.map(\.tensor))
    for (a, b) in zip(slopes, expected) { #expect(distance(a, from: b) < 1e-4) }
  }

  @Test func `of what was written are what the model gave it`() async throws {
    let vectors = Tensor((0..<24).map { Float($0 % 5) / 4 }, shape: [1, 24])
    let bank = Bank(layers: [0], rows: Rows(keys: noise([2, 3, 8]), values: noise([2, 3, 8])))
    let prompt = Passage(tokens, injections: Injections(rows: bank))
    let request = GenerationRequest(prompt, limit: 6, interjector: Always(vectors: vectors))
    let written = try await decoder.continuations(awaiting: [request])[0]
    #expect(written.insertions.map(\.tokens) == [1, 2, 3, 4, 5])
    #expect(written.insertions.first == Insertion(tokens: 1, position: 13, count: 1, width: 24))
    let whole = Passage([.tokens(tokens)] + written.parts, injections: prompt.injections)
    let scores = try await decoder.scores(awaiting: [whole])[0].scalars.suffix(6)
    for (a, b) in zip(scores, written.logProbabilities) { #expect(abs(a - b) < 1e-4) }
  }
}

func noise(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
  var random = SeededGenerator(seed: seed, purpose: "test")
  return Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }, shape: shape)
}

struct Always: Interjector {
  let vectors: Tensor
  func interject(at moment: Moment) async throws -> Tensor? { vectors }
}
