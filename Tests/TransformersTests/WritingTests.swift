import Models
import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `Continuations` {
  let decoder: Decoder
  init() throws { decoder = try smallDecoder() }

  private func request(_ prompt: [Int], limit: Int = 12, seed: UInt64? = nil, ends: Set<Int> = []) -> GenerationRequest
  {
    guard let seed else { return GenerationRequest(prompt, limit: limit, ends: ends) }
    return GenerationRequest(
      Passage(prompt), limit: limit, choice: TokenChoice(temperature: 1), ends: ends,
      random: SeededGenerator(seed: seed, purpose: "test"))
  }

  /// What the model says without a cache, token after token.
  private func plain(_ prompt: [Int], _ count: Int) -> [Int] {
    var tokens = prompt
    for _ in 0..<count {
      let states = decoder.states(of: [Passage(tokens)])
      let scores = decoder.logits(of: states, rows: states.lastRows).scalars
      tokens.append(scores.indices.max { scores[$0] < scores[$1] } ?? 0)
    }
    return Array(tokens[prompt.count...])
  }

  @Test func `of prompts of different lengths are those of each alone`() {
    let prompts = [1, 40, 3, 17, 16, 25, 9].map { someTokens($0, $0) }
    let written = decoder.continuations(of: prompts.map { request($0) }, width: 3)
    for (prompt, continuation) in zip(prompts, written) { #expect(continuation.tokens == plain(prompt, 12)) }
  }

  /// Where all draw from the model's own distribution, they draw in one go; one that does not makes each draw alone.
  @Test func `are drawn in one go with the bits of each alone`() {
    let last = [TokenChoice(temperature: 1), TokenChoice(temperature: 1, topK: 3)]
    let written = last.map { choice in
      let requests = (0..<20).map { request(someTokens(9, $0), seed: UInt64($0)) }
      let different = GenerationRequest(
        Passage(someTokens(9, 99)), limit: 12, choice: choice, random: SeededGenerator(seed: 99, purpose: "test"))
      return decoder.continuations(of: requests + [different], width: 21).dropLast()
    }
    #expect(written[0] == written[1])
    #expect(Set(written[0].map(\.tokens)).count > 10)
  }

  @Test func `of one prompt pay for it once`() {
    let prompt = someTokens(100)
    var batch = Batch(decoder, width: 8, piece: 32)
    for seed in 0..<16 { _ = batch.add(request(prompt, limit: 10, seed: UInt64(seed))) }
    var done: [Continuation] = []
    while !batch.isEmpty { done += batch.step().map(\.continuation) }
    #expect(done.count == 16)
    #expect(done.filter { $0.shared == 0 }.count == 1)
    #expect(done.allSatisfy { $0.shared == 0 || $0.shared == 100 })
    // The prompt, and nine of ten written tokens each.
    #expect(batch.counts.passed == 100 + 16 * 9)
    #expect(batch.counts.written == 160)
    #expect(Set(done.map(\.tokens)).count > 8)
  }

  @Test(arguments: [8, 20]) func `of one short prompt pay for it once too`(_ width: Int) {
    var batch = Batch(decoder, width: width)
    for seed in 0..<width { _ = batch.add(request(someTokens(5), limit: 3, seed: UInt64(seed))) }
    var done: [Continuation] = []
    while !batch.isEmpty { done += batch.step().map(\.continuation) }
    #expect(done.map(\.shared).sorted() == [0] + [Int](repeating: 5, count: width - 1))
    #expect(batch.counts.passed == 5 + width * 2)
  }

  @Test func `take over what an earlier request read`() {
    var batch = Batch(decoder, width: 1, piece: 16)
    let prompt = someTokens(60)
    _ = batch.add(request(prompt))
    _ = batch.add(request(prompt[..<50] + someTokens(5, 7)))
    var done: [Continuation] = []
    while !batch.isEmpty { done += batch.step().map(\.continuation) }
    #expect(done.map(\.shared) == [0, 48])
    #expect(done[1].tokens == plain(prompt[..<50] + someTokens(5, 7), 12))
  }

  /// Log-probabilities are compared, not tokens alone: they show the last bits.
  @Test(
    arguments: [
      (.stored, .exact, .float32), (.stored, .rounded, .float32), (.int8(group: 64), .exact, .float32),
      (.int8(group: 64), .rounded, .float32), (.stored, .rounded, .bfloat16), (.stored, .exact, .float16),
    ] as [(WeightStorage, StoredMatrix.Activations, RowFormat)])
  func `have the same bits alone and beside any others`(
    _ storage: WeightStorage, _ activations: StoredMatrix.Activations, _ cache: RowFormat
  ) throws {
    var decoder = try Decoder(
      folder: Reference.folder("qwen2").path, storage: storage, activations: activations)
    decoder.cacheFormat = cache
    let common = someTokens(70, 3)
    let prompts = [common, common, common + someTokens(9), Array(common[..<33]), someTokens(90, 5), someTokens(3, 1)]
    let requests = prompts.enumerated().map { request($1, seed: UInt64($0 % 2)) }
    let alone = requests.map { request -> Continuation in
      var batch = Batch(decoder, width: 1, piece: 32, kept: 0)
      _ = batch.add(request)
      while true { for (_, continuation) in batch.step() { return continuation } }
    }
    for width in [2, 5, 16] {
      var batch = Batch(decoder, width: width, piece: 32)
      var places: [BatchTicket: Int] = [:]
      for round in 0..<2 {
        for index in requests.indices.map({ ($0 + round) % requests.count }) {
          places[batch.add(requests[index])] = index
        }
      }
      var shared = 0
      while !batch.isEmpty {
        for (ticket, continuation) in batch.step() {
          let expected = alone[try #require(places[ticket])]
          #expect(continuation.tokens == expected.tokens)
          #expect(continuation.logProbabilities == expected.logProbabilities)
          shared += continuation.shared
        }
      }
      #expect(shared > 0)
    }
  }

  @Test func `are drawn by their own seed, whoever writes beside them`() {
    let alone = decoder.continuations(of: [request(someTokens(9), seed: 5)])
    let others = (0..<5).map { request(someTokens(9, $0), seed: UInt64(10 + $0)) }
    let among = decoder.continuations(of: others + [request(someTokens(9), seed: 5)], width: 4)
    #expect(among.last?.tokens == alone[0].tokens)
  }

  @Test func `end at an end token, a stop, or the limit`() {
    let free = plain(someTokens(9), 12)
    let ended = decoder.continuations(of: [request(someTokens(9), ends: [free[3]])])[0]
    let first = free.firstIndex(of: free[3]) ?? 3
    #expect(ended.finish == .end && ended.tokens == Array(free[...first]))
    let stopped = decoder.continuations(
      of: [GenerationRequest(Passage(someTokens(9)), limit: 12) { $0.count == 5 }])[0]
    #expect(stopped.finish == .stop && stopped.tokens == Array(free[..<5]))
    #expect(decoder.continuations(of: [request(someTokens(9))])[0].finish == .limit)
  }

  @Test func `know what the model gave each token`() {
    let prompt = someTokens(9)
    let written = decoder.continuations(of: [request(prompt, seed: 3)])[0]
    let expected = decoder.logLikelihoods(of: [prompt + written.tokens]).rows(8..<20)
    #expect(distance(Tensor(written.logProbabilities), from: expected) < 1e-5)
  }

  @Test func `take in vectors while they are written`() async throws {
    let vectors = Tensor((0..<48).map { Float($0 % 7) / 5 }, shape: [2, 24])
    let request = GenerationRequest(Passage(someTokens(9)), limit: 4, interjector: Once(vectors: vectors))
    let written = try await decoder.continuations(awaiting: [request])[0].tokens
    var parts: [Passage.Part] = [.tokens(someTokens(9))]
    for token in written {
      let states = decoder.states(of: [Passage(parts)])
      let scores = decoder.logits(of: states, rows: states.lastRows).scalars
      #expect(scores[token] == scores.max())
      parts += [.tokens([token]), .vectors(vectors)]
    }
  }

  @Test func `given up leave their place`() {
    var batch = Batch(decoder, width: 1)
    let (first, second) = (batch.add(request(someTokens(9))), batch.add(request(someTokens(4))))
    _ = batch.step()
    batch.cancel(first)
    var done: [BatchTicket] = []
    while !batch.isEmpty { done += batch.step().map(\.ticket) }
    #expect(done == [second])
  }
}

private struct Once: Interjector {
  var vectors: Tensor
  func interject(at moment: Moment) async throws -> Tensor? { vectors }
}

@Suite struct `A choice of tokens` {
  private let logits = Tensor([1, 3, 2, 0, -1].map { Float($0) })

  private func shares(_ choice: TokenChoice, of logits: Tensor, draws: Int = 20_000) -> [Double] {
    var random = SeededGenerator(seed: 2, purpose: "draws")
    var counts = [Int](repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[choice.draw(from: logits, using: &random).token] += 1 }
    return counts.map { Double($0) / Double(draws) }
  }

  /// 0.02: five standard errors of a share of one half among 20,000.
  @Test(arguments: [0.5, 1, 2] as [Float]) func `draws by the softmax at its temperature`(_ temperature: Float) {
    let expected = (logits / temperature).reshaped(1, 5).softmax().scalars
    for (share, probability) in zip(shares(TokenChoice(temperature: temperature), of: logits), expected) {
      #expect(abs(share - Double(probability)) < 0.02)
    }
  }

  // Probabilities: 0.086, 0.636, 0.234, 0.032, 0.012.
  @Test(arguments: [
    (TokenChoice(topK: 2), [1, 2]), (TokenChoice(topP: 0.6), [1]), (TokenChoice(topP: 0.64), [1, 2]),
    (TokenChoice(topP: 0.9), [0, 1, 2]), (TokenChoice(minP: 0.3), [1, 2]), (TokenChoice(minP: 1), [1]),
    (TokenChoice(topK: 2, topP: 0.7), [1]), (TokenChoice(topK: 4, minP: 0.1), [0, 1, 2]), (.greedy, [1]),
    (TokenChoice(topK: 99, topP: 0), [1]),
  ]) func `keeps what its rules leave`(_ choice: TokenChoice, _ kept: [Int]) {
    let shares = shares(choice, of: logits)
    #expect(shares.indices.filter { shares[$0] > 0 } == kept)
  }

  @Test func `of a large vocabulary keeps the same as of a sorted one`() {
    let scores = Tensor((0..<1000).map { Float(($0 * 7919) % 1000) / 100 })
    let probabilities = scores.reshaped(1, 1000).softmax().scalars.enumerated().sorted { $0.element > $1.element }
    var sum = 0.0
    let nucleus = Set(
      probabilities.prefix { entry in
        defer { sum += Double(entry.element) }; return sum < 0.5
      }.map(\.offset))
    let drawn = Set(
      shares(TokenChoice(topP: 0.5), of: scores, draws: 2000).enumerated().filter { $0.element > 0 }.map(\.offset))
    #expect(drawn.isSubset(of: nucleus))
    #expect(drawn.count > nucleus.count / 2)
  }
}
