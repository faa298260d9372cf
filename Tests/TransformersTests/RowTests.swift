import Models
import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `Rows for spans of queries` {
  let decoder: Decoder
  let tokens = someTokens(20)
  init() throws { decoder = try smallDecoder() }

  /// Rows that depend on the span that asks, cut every few positions.
  private struct Chunked: RowSource {
    var layers: Set<Int> = [0, 1]
    var every: Int
    var silent: Set<Int> = []
    func spans(of positions: Range<Int>) -> [Range<Int>] { positions.cut(every: every) }
    func rows(for query: RowQuery) async throws -> Rows? {
      // It may wait, and be answered in any order.
      try await Task.sleep(for: .microseconds(query.positions.lowerBound % 3 * 100))
      let place = query.positions.lowerBound / every
      if silent.contains(place) { return nil }
      return Chunked.rows(place)
    }
    static func rows(_ place: Int) -> Rows {
      Rows(keys: noise([2, 3, 8], seed: UInt64(place + 1)), values: noise([2, 3, 8], seed: UInt64(place + 50)))
    }
  }

  private func hidden(_ passage: Passage) async throws -> Tensor {
    try await decoder.states(awaiting: [passage]).hidden
  }

  private func bits(_ tensor: Tensor) -> [UInt32] { tensor.scalars.map(\.bitPattern) }

  /// One layer: then a query's state depends on its own span's rows alone.
  @Test func `are those of each span alone`() async throws {
    let one = try smallDecoder(layers: 1)
    let source = Chunked(layers: [0], every: 6)
    let found = try await one.states(awaiting: [Passage(tokens, injections: Injections(rows: source))]).hidden
    for (place, span) in (0..<20).cut(every: 6).enumerated() {
      let bank = Bank(layers: [0], rows: Chunked.rows(place))
      let alone = try await one.states(awaiting: [Passage(tokens, injections: Injections(rows: bank))]).hidden
      #expect(distance(found.rows(span), from: alone.rows(span)) < 1e-5)
      if place > 0 { #expect(distance(found.rows(0..<6), from: alone.rows(0..<6)) > 1e-3) }
    }
  }

  @Test func `change no bit where there are none`() async throws {
    let plain = bits(decoder.states(of: [Passage(tokens)]).hidden)
    let silent = Chunked(every: 6, silent: [0, 1, 2, 3])
    #expect(bits(try await hidden(Passage(tokens, injections: Injections(rows: silent)))) == plain)
    // A span without rows before one with them is as it was, too.
    let late = try await hidden(Passage(tokens, injections: Injections(rows: Chunked(every: 6, silent: [0, 1]))))
    #expect(distance(late.rows(0..<12), from: decoder.states(of: [Passage(tokens)]).hidden.rows(0..<12)) < 1e-5)
    #expect(bits(late.rows(12..<20)) != Array(plain[(12 * 24)...]))
  }

  @Test func `let no query see a later token`() async throws {
    let other = Array(tokens[..<13]) + someTokens(7, 5)
    let injections = Injections(rows: Chunked(every: 6))
    let (a, b) = (
      try await hidden(Passage(tokens, injections: injections)),
      try await hidden(Passage(other, injections: injections))
    )
    #expect(bits(a.rows(0..<13)) == bits(b.rows(0..<13)))
    #expect(bits(a.rows(13..<20)) != bits(b.rows(13..<20)))
  }

  @Test func `are the same from a cache, piece by piece, as at once`() async throws {
    let request = GenerationRequest(Passage(tokens, injections: Injections(rows: Chunked(every: 4))), limit: 6)
    let whole = try await decoder.continuations(awaiting: [request])[0]
    var batch = Batch(decoder, width: 2, piece: 8)
    _ = batch.add(request)
    _ = batch.add(request)
    var done: [Continuation] = []
    while !batch.isEmpty {
      done += batch.step().map(\.continuation)
      for need in batch.takeNeeds() { batch.deliver(await need.answer(), to: need) }
    }
    for one in done {
      #expect(one.tokens == whole.tokens)
      for (a, b) in zip(one.logProbabilities, whole.logProbabilities) { #expect(abs(a - b) < 1e-4) }
    }
  }

  /// The exactness oracle, with rows that stand at their own positions: earlier tokens, told as rows.
  @Test func `at their own positions are the past they were taken from`() async throws {
    let taps = Set((0..<2).flatMap { [Tap(.keys, layer: $0), Tap(.values, layer: $0)] })
    let past = decoder.states(of: [Passage(Array(tokens[..<7]))], taps: taps).taps[0]
    let version = decoder.version(with: nil)
    let bank = Bank(layers: [0, 1]) { layer in
      past[Tap(.keys, layer: layer)].flatMap { keys in
        past[Tap(.values, layer: layer)].map {
          Rows(keys: keys, values: $0, layer: layer, positions: Array(-7..<0), version: version)
        }
      }
    }
    var cache = RowCache(for: decoder.configuration)
    let sequence = cache.begin()
    _ = decoder.states(of: [Passage(Array(tokens[..<7]))], continuing: [sequence], in: &cache)
    let dense = decoder.states(of: [Passage(Array(tokens[7...]))], continuing: [sequence], in: &cache)
    let recalled = try await hidden(
      Passage(Array(tokens[7...]), injections: Injections(rows: bank, rowPosition: .own)))
    #expect(distance(recalled, from: dense.hidden) < 1e-5)
  }

  @Test func `of several sources stand side by side, each with its own spans`() async throws {
    let one = try smallDecoder(layers: 1)
    let (whole, parts) = (Bank(layers: [0], rows: Chunked.rows(9)), Chunked(layers: [0], every: 6))
    let found = try await one.states(
      awaiting: [Passage(tokens, injections: Injections(rows: whole, parts))]).hidden
    let (a, b) = (Chunked.rows(9), Chunked.rows(1))
    let joined = Bank(
      layers: [0],
      rows: Rows(
        keys: .concatenated([a.keys, b.keys], axis: 1), values: .concatenated([a.values, b.values], axis: 1)))
    let expected = try await one.states(awaiting: [Passage(tokens, injections: Injections(rows: joined))]).hidden
    #expect(distance(found.rows(6..<12), from: expected.rows(6..<12)) < 1e-5)
  }

  // MARK: What is refused

  private struct Failure: Error {}

  private struct Broken: RowSource {
    var layers: Set<Int> = [1]
    func rows(for query: RowQuery) async throws -> Rows? {
      if query.positions.lowerBound > 0 { throw Failure() }
      return nil
    }
  }

  @Test func `that a source cannot give abort its own request alone`() async throws {
    let prompts = (0..<4).map { someTokens(9 + $0, $0) }
    let alone = decoder.continuations(of: prompts.map { GenerationRequest($0, limit: 8) }, width: 1)
    var batch = Batch(decoder, width: 5)
    let tickets = prompts.enumerated().map { index, prompt in
      batch.add(GenerationRequest(Passage(prompt), limit: 8))
    }
    let healthy = batch.add(
      GenerationRequest(
        Passage(prompts[0], injections: Injections(rows: Chunked(every: 4, silent: Set(0..<9)))), limit: 8))
    let broken = batch.add(GenerationRequest(Passage(prompts[1], injections: Injections(rows: Broken())), limit: 8))
    var done: [BatchTicket: Continuation] = [:]
    var failed: [BatchTicket: any Error] = [:]
    while !batch.isEmpty {
      for (ticket, continuation) in batch.step() { done[ticket] = continuation }
      for (ticket, error) in batch.takeFailures() { failed[ticket] = error }
      for need in batch.takeNeeds() { batch.deliver(await need.answer(), to: need) }
    }
    for (ticket, expected) in zip(tickets, alone) { #expect(done[ticket]?.tokens == expected.tokens) }
    #expect(done[healthy]?.tokens == alone[0].tokens)
    #expect(done[broken] == nil && failed[broken] is Failure && failed.count == 1)
    // And the places are free again.
    _ = batch.add(GenerationRequest(Passage(prompts[2]), limit: 8))
    var again: [Continuation] = []
    while !batch.isEmpty { again += batch.step().map(\.continuation) }
    #expect(again.map(\.tokens) == [alone[2].tokens])
  }

  private func error(_ rows: Rows, _ position: Injections.RowPosition = .zero) async -> RowError? {
    let bank = Bank(layers: [1], rows: rows)
    let passage = Passage(tokens, injections: Injections(rows: bank, rowPosition: position))
    return await #expect(throws: RowError.self) { try await decoder.states(awaiting: [passage]) }
  }

  @Test func `of other weights, layers, shapes or positions are refused with what to do`() async {
    let (keys, values) = (noise([2, 3, 8]), noise([2, 3, 8], seed: 2))
    let version = decoder.version(with: nil)
    #expect(
      await error(Rows(keys: keys, values: values, version: "other"))
        == .foreignVersion(layer: 1, found: "other", expected: version))
    #expect(await error(Rows(keys: keys, values: values, layer: 0)) == .foreignLayer(asked: 1, found: 0))
    #expect(await error(Rows(keys: noise([4, 3, 8]), values: values))?.description.contains("[2, count, 8]") == true)
    #expect(await error(Rows(keys: keys, values: values), .own) == .positions(layer: 1, rows: 3, found: nil))
    #expect(
      await error(Rows(keys: keys, values: values, positions: [1, 2]), .own)
        == .positions(layer: 1, rows: 3, found: 2))
  }

  private struct Torn: RowSource {
    let layers: Set<Int>
    func spans(of positions: Range<Int>) -> [Range<Int>] { layers == [0] ? [0..<3, 4..<20] : [positions] }
    func rows(for query: RowQuery) async throws -> Rows? { nil }
  }

  @Test func `for torn spans or a layer that is not there are refused`() async {
    for (layers, expected) in [([0], RowError.spans([0..<3, 4..<20], of: 0..<20)), ([7], .layer(7, layers: 2))] {
      let passage = Passage(tokens, injections: Injections(rows: Torn(layers: Set(layers))))
      let error = await #expect(throws: RowError.self) { try await decoder.states(awaiting: [passage]) }
      #expect(error == expected)
    }
  }

  @Test func `know their bytes`() {
    let rows = Rows(
      keys: Tensor(zeros: [2, 3, 8]), values: Tensor(zeros: [2, 3, 8]), positions: [1, 2, 3], version: "ab")
    #expect(rows.bytes == 2 * 2 * 3 * 8 * 4 + 3 * 8 + 2)
    #expect((3..<17).cut(every: 5) == [3..<5, 5..<10, 10..<15, 15..<17])
  }

  @Test func `have the version of the numbers, however they are held`() throws {
    let folder = Reference.folder("qwen2").path
    let trainable = try Reference("qwen2").decoder
    #expect(trainable.version(with: nil) == (try Decoder(folder: folder, storage: .stored).version(with: nil)))
    #expect(trainable.version(with: nil) != (try Reference("qwen3").decoder.version(with: nil)))
    let adapter = Adapter(for: trainable.configuration, rank: 2, seed: 1)
    #expect(trainable.version(with: adapter) != trainable.version(with: nil))
    var changed = trainable
    changed.forEachParameter { name, tensor in
      if name == "model.norm.weight" { tensor.withMutableScalars { $0[0] += 1 } }
    }
    #expect(changed.version(with: nil) != trainable.version(with: nil))
  }
}

@Suite struct `An interjector` {
  let decoder: Decoder
  init() throws { decoder = try smallDecoder() }

  private struct Noting: Interjector {
    var first = false
    let vectors: Tensor
    let body: @Sendable (Moment) async throws -> Bool
    func isAsked(after tokens: [Int]) -> Bool { first ? tokens.isEmpty || tokens.count == 2 : tokens.count == 2 }
    func interject(at moment: Moment) async throws -> Tensor? { try await body(moment) ? vectors : nil }
  }

  @Test(arguments: [false, true]) func `is told the moment`(_ first: Bool) async throws {
    let prompt = someTokens(9)
    let vectors = Tensor((0..<48).map { Float($0 % 7) / 5 }, shape: [2, 24])
    let decoder = decoder
    let interjector = Noting(first: first, vectors: vectors) { moment in
      // Positions: the prompt, the vectors before, the tokens; hidden states from the prompt's last on.
      let before = first && !moment.tokens.isEmpty ? 2 : 0
      #expect(moment.position == 9 + before + moment.tokens.count)
      #expect(moment.hidden.shape == [1 + before + max(0, moment.tokens.count - 1), 24])
      var parts: [Passage.Part] = [.tokens(prompt)]
      if before > 0 { parts.append(.vectors(vectors)) }
      if moment.tokens.count > 1 { parts.append(.tokens(Array(moment.tokens.dropLast()))) }
      let states = decoder.states(of: [Passage(parts)]).hidden
      #expect(distance(moment.hidden, from: states.rows(8..<states.shape[0])) < 1e-5)
      return true
    }
    let written = try await decoder.continuations(
      awaiting: [GenerationRequest(Passage(prompt), limit: 5, interjector: interjector)])[0]
    #expect(written.insertions.map(\.tokens) == (first ? [0, 2] : [2]))
    let scores = decoder.scores(of: [Passage([.tokens(prompt)] + written.parts)])[0].scalars.suffix(5)
    for (a, b) in zip(scores, written.logProbabilities) { #expect(abs(a - b) < 1e-4) }
  }

  private struct Failure: Error {}

  @Test func `that throws or gives what is no vector ends its own reply alone`() async throws {
    let prompt = someTokens(9)
    let plain = decoder.continuations(of: [GenerationRequest(prompt, limit: 5)])[0]
    var batch = Batch(decoder, width: 3)
    let fine = batch.add(GenerationRequest(prompt, limit: 5))
    _ = batch.add(
      GenerationRequest(
        Passage(prompt), limit: 5,
        interjector: Noting(vectors: Tensor([1])) { _ in throw Failure() }))
    _ = batch.add(
      GenerationRequest(Passage(prompt), limit: 5, interjector: Noting(vectors: Tensor([1])) { _ in true }))
    var done: [BatchTicket: Continuation] = [:]
    var errors: [any Error] = []
    while !batch.isEmpty {
      for (ticket, continuation) in batch.step() { done[ticket] = continuation }
      errors += batch.takeFailures().map(\.error)
      for need in batch.takeNeeds() { batch.deliver(await need.answer(), to: need) }
    }
    #expect(done.count == 1 && done[fine]?.tokens == plain.tokens)
    #expect(errors.count == 2 && errors.contains { $0 is Failure })
    #expect(errors.contains { $0 as? MomentError == .shape([1], width: 24) })
  }
}
