import Foundation
import Models
import Palimpsest
import PolicyLocal
import Support
import Tensors
import Testing
import TinyModel
import Tokenizers
import Transformers

@Suite struct `What a memory recalls, in a local policy` {
  let scratch: Scratch
  let model: LanguageModel
  let policy: LocalPolicy

  init() throws {
    scratch = try Scratch()
    try TinyModel.write(to: scratch.url)
    model = try LanguageModel(folder: scratch.url.path)
    policy = try LocalPolicy(model)
  }

  private func prompt(_ parts: [Recollection.Part]) -> Prompt {
    "Memory: \(Recollection(parts), .memory) Question: \("Why?", .problem)"
  }

  private func reply(_ parts: [Recollection.Part]) async throws -> Reply {
    try await policy.reply(to: prompt(parts), sampling: Sampling(maxTokens: 12))
  }

  private func normal(_ shape: [Int], seed: UInt64) -> Tensor {
    var random = SeededGenerator(seed: seed, purpose: "test")
    return Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }, shape: shape)
  }

  /// The turn's ids before and behind the place where memory stands.
  private func ids() throws -> (before: [Int], behind: [Int]) {
    let rendered = try #require(model.chat).render(
      [ChatMessage(.user, pieces: ["Memory: ", " Question: Why?"])], with: model.tokenizer)
    return (Array(rendered.ids[..<rendered.gaps[0]]), Array(rendered.ids[rendered.gaps[0]...]))
  }

  private func written(_ passage: Passage, interjector: (any Interjector)? = nil) async throws -> [Float] {
    try await model.backbone.continuations(
      awaiting: [GenerationRequest(passage, limit: 12, ends: model.ends, interjector: interjector)], width: 1)[0]
      .logProbabilities
  }

  @Test func `is nothing where it is empty, bit for bit`() async throws {
    let plain = try await reply([])
    let nobody = try await reply([.rows(Silent()), .onDemand(Silent())])
    #expect(try await reply([.rows(Silent())]).logProbabilities == plain.logProbabilities)
    #expect(
      try await reply([.distribution(normal([model.backbone.vocabulary], seed: 1), weight: 0)])
        .logProbabilities == plain.logProbabilities)
    // Parts that are no text add no blank lines to it.
    #expect(nobody.usage.read == plain.usage.read && nobody.logProbabilities == plain.logProbabilities)
  }

  @Test func `as vectors stands where it was put`() async throws {
    let vectors = normal([3, 32], seed: 2)
    let (before, behind) = try ids()
    let found = try await reply([.vectors(vectors)])
    #expect(found.usage.read == before.count + 3 + behind.count)
    #expect(
      found.logProbabilities == (try await written(Passage([.tokens(before), .vectors(vectors), .tokens(behind)]))))
  }

  @Test func `as rows, residuals and distributions enters beside the text`() async throws {
    let source = Fixed(layers: [1], rows: Rows(keys: normal([2, 4, 8], seed: 3), values: normal([2, 4, 8], seed: 4)))
    let other = Fixed(
      layers: [0, 1], rows: Rows(keys: normal([2, 1, 8], seed: 5), values: normal([2, 1, 8], seed: 6)))
    let residual = normal([32], seed: 7)
    let distribution = normal([model.backbone.vocabulary], seed: 8).softmax()
    let plain = try await reply([]).logProbabilities
    let whole = try ids()
    let tokens = whole.before + whole.behind
    for (part, injections) in [
      (.rows(source), Injections(rows: source)),
      (.residual(residual, layer: 1), Injections(residuals: [(residual, 1)])),
      (.distribution(distribution, weight: 0.3), Injections(distributions: [(distribution, 0.3)])),
    ] as [(Recollection.Part, Injections)] {
      let found = try await policy.reply(
        to: "Memory: \(Recollection([part]), .memory) Question: \("Why?", .problem)", sampling: Sampling(maxTokens: 12))
      // What holds no text is a border all the same, so the ids on both sides are those of two texts.
      #expect(found.logProbabilities != plain)
      let request = GenerationRequest(
        Passage([.tokens(try turn(of: [part]))], injections: injections), limit: 12, ends: model.ends)
      #expect(
        found.logProbabilities
          == (try await model.backbone.continuations(awaiting: [request], width: 1)[0].logProbabilities))
      #expect(found.usage.read >= tokens.count - 1)
    }
    let both = try await reply([.rows(source), .rows(other)]).logProbabilities
    #expect(both != plain)
  }

  private func turn(of parts: [Recollection.Part]) throws -> [Int] {
    try #require(model.chat).render([ChatMessage(.user, prompt(parts).text)], with: model.tokenizer).ids
  }

  @Test func `on demand enters while the reply is written`() async throws {
    let vectors = normal([2, 32], seed: 9)
    let found = try await reply([.onDemand(Always(vectors: vectors))])
    #expect(
      found.logProbabilities == (try await written(Passage(try turn(of: [])), interjector: Always(vectors: vectors))))
    #expect(found.logProbabilities != (try await reply([]).logProbabilities))
  }

  @Test func `can be tapped from a text as it stands`() async throws {
    let taps: Set<Tap> = [Tap(.hidden, layer: 2), Tap(.keys, layer: 0), Tap(.values, layer: 1)]
    let found = try await policy.forward("Call me Ishmael.", taps: taps)
    let ids = model.tokenizer.encode("Call me Ishmael.")
    #expect(found == model.backbone.states(of: [Passage(ids)], taps: taps).taps[0])
    #expect(found[Tap(.keys, layer: 0)]?.shape == [2, ids.count, 8])
  }

  @Test func `reads its own rows back as what they were`() async throws {
    let text = "The letter was written by Ada in 1843."
    let taps = try await policy.forward("\(text)", taps: [Tap(.keys, layer: 1), Tap(.values, layer: 1)])
    let rows = Rows(
      keys: try #require(taps[Tap(.keys, layer: 1)]), values: try #require(taps[Tap(.values, layer: 1)]))
    let found = try await reply([.rows(Fixed(layers: [1], rows: rows))])
    #expect(found.logProbabilities.allSatisfy { $0.isFinite })
    #expect(found.logProbabilities != (try await reply([]).logProbabilities))
  }

  @Test func `is captured with prompt and reply`() async throws {
    let reply = try await policy.reply(
      to: "Why?", sampling: Sampling(maxTokens: 6, captures: [Tap(.hidden, layer: 2), Tap(.values, layer: 0)]))
    let count = reply.usage.read + reply.tokens.count
    #expect(reply.captures["layer.2/hidden"]?.shape == [count, 32])
    #expect(reply.captures["layer.0/values"]?.shape == [2, count, 8])
  }
}

/// Has nothing to say.
private struct Silent: RowSource, Interjector {
  var layers: Set<Int> { [0, 1] }
  func rows(for query: RowQuery) async throws -> Rows? { nil }
  func interject(at moment: Moment) async throws -> Tensor? { nil }
}

private struct Fixed: RowSource {
  let layers: Set<Int>
  let rows: Rows
  func rows(for query: RowQuery) async throws -> Rows? { rows }
}

private struct Always: Interjector {
  let vectors: Tensor
  func interject(at moment: Moment) async throws -> Tensor? { vectors }
}

@Suite struct `A policy of another kind of model` {
  private let model: LanguageModel

  init() throws {
    model = try LanguageModel(
      name: "tiny", backbone: TinyStateSpace(vocabulary: TinyModel.tokenizer.idEnd), tokenizer: TinyModel.tokenizer,
      chat: ChatFormat.all.first { $0.name == "chatml" })
  }

  @Test func `replies, is tapped, and scores what it wrote`() async throws {
    let policy = try LocalPolicy(model)
    let reply = try await policy.reply(to: "Why?", sampling: Sampling(maxTokens: 9, captures: [Tap(.state, layer: 1)]))
    #expect(reply.tokens.count == 9 && reply.captures["layer.1/state"]?.shape == [16, 4])
    let scores = try await policy.score(reply.tokens, after: "Why?")
    for (a, b) in zip(scores, reply.logProbabilities) { #expect(abs(a - b) < 1e-3) }
    let found = try await policy.forward("Why?", taps: [Tap(.state, layer: 0)])
    #expect(found[Tap(.state, layer: 0)]?.shape == [16, 4])
    #expect(policy.contextLength == nil && !policy.serves.contains(.rows))
  }

  @Test func `refuses a tap, an adapter or a cache that it cannot have, and says what it has`() async throws {
    let policy = try LocalPolicy(model)
    let error = await #expect(throws: LocalError.self) {
      try await policy.forward("Why?", taps: [Tap(.keys, layer: 0)])
    }
    #expect(error?.description.contains("hidden, state of 2 layers") == true)
    var settings = LocalPolicy.Settings()
    settings.adapter = "anything"
    #expect(throws: SettingError.self) { try LocalPolicy(model, settings) }
    settings.adapter = nil
    settings.cache = .bfloat16
    let refusal = #expect(throws: SettingError.self) { try LocalPolicy(model, settings) }
    #expect(refusal?.description.contains("policy.cache") == true)
  }

  @Test func `gives the same replies beside others, in a batch`() async throws {
    let policy = try LocalPolicy(model)
    @Sendable func reply(_ index: Int) async throws -> [Int] {
      try await policy.reply(to: "Question \("\(index % 3)")", sampling: Sampling(maxTokens: 8)).tokens
    }
    var alone: [[Int]] = []
    for index in 0..<6 { alone.append(try await reply(index)) }
    let together = try await withThrowingTaskGroup(of: (Int, [Int]).self) { group in
      for index in 0..<6 { group.addTask { (index, try await reply(index)) } }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for (index, one) in alone.enumerated() { #expect(together[index] == one) }
  }
}

@Suite struct `A memory that works while a reply is written` {
  private let scratch: Scratch
  private let policy: LocalPolicy

  init() throws {
    scratch = try Scratch()
    try TinyModel.write(to: scratch.url)
    policy = try LocalPolicy(
      LanguageModel(folder: scratch.url.path),
      {
        var s = LocalPolicy.Settings(); s.batch = 1; return s
      }())
  }

  /// Reads and even writes with the same policy, whose only place its own reply takes.
  private struct Asking: Interjector {
    let policy: LocalPolicy
    func isAsked(after tokens: [Int]) -> Bool { tokens.count == 3 }
    func interject(at moment: Moment) async throws -> Tensor? {
      let found = try await moment.forward("A thought.", taps: [Tap(.hidden, layer: 2)])
      let reply = try await policy.reply(to: "Why?", sampling: Sampling(maxTokens: 2))
      #expect(reply.tokens.count == 2 && moment.sampling.maxTokens == 7)
      return found[Tap(.hidden, layer: 2)]?.rows(0..<2)
    }
  }

  @Test func `calls the model meanwhile, and what it inserts stands in the reply`() async throws {
    let part = Recollection([.onDemand(Asking(policy: policy))])
    let reply = try await policy.reply(to: "Tell me. \(part, .memory)", sampling: Sampling(maxTokens: 7))
    #expect(reply.tokens.count == 7)
    #expect(reply.insertions == [Insertion(tokens: 3, position: reply.usage.read + 3, count: 2, width: 32)])
  }

  private struct Slow: RowSource {
    let layers: Set<Int> = [0]
    func rows(for query: RowQuery) async throws -> Rows? {
      try await Task.sleep(for: .milliseconds(20))
      throw CocoaError(.fileReadNoSuchFile)
    }
  }

  @Test func `that fails ends its own reply, and no other`() async throws {
    let plain = try await policy.reply(to: "Why?", sampling: Sampling(maxTokens: 5)).tokens
    let policy = policy
    let prompt: Prompt = "Why? \(Recollection([.rows(Slow())]), .memory)"
    let broken = Task { try await policy.reply(to: prompt, sampling: Sampling(maxTokens: 5)) }
    let healthy = Task { try await policy.reply(to: "Why?", sampling: Sampling(maxTokens: 5)) }
    let tokens = try await healthy.value.tokens
    #expect(tokens == plain)
    await #expect(throws: CocoaError.self) { try await broken.value }
    #expect(try await policy.reply(to: "Why?", sampling: Sampling(maxTokens: 5)).tokens == plain)
  }
}
