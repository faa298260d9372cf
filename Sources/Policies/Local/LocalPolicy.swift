import Basics
import Checkpoints
import Foundation
import Jinja
import Models
import Palimpsest
import Tensors
import Tokenizers
import Transformers

/// Replies with a model whose weights are on this machine.
///
/// A prompt is one user's turn in the model's own format; each call is a conversation of its own. It takes
/// in every part of a `Recollection` at its site, and can be tapped.
///
/// The same prompt, sampling and call give the same reply, whatever other calls run at the same time: random
/// numbers derive from the seed and the call's identity, and up to 16 replies that are
/// generated side by side have the bits of each alone. The bits differ between processors.
public struct LocalPolicy: Policy {
  /// Copies of the policy share its weights.
  public let model: LanguageModel
  /// As given when the policy was made.
  public let settings: Settings
  /// The adapter of its replies; switching to another adapter costs nothing.
  public private(set) var adapter: Adapter?
  private let seed: UInt64
  private let batcher: Batcher
  /// What a template that asks for the date is told; nil is the same day for ever.
  private var date: JinjaDate?

  /// `local` and the name of the model's folder.
  public var name: String { "local \(model.name)" }
  /// The sites of the model (for a decoder all of them), what can be tapped in it, ids, log-probabilities and scores.
  public var serves: Set<Capability> {
    Set(model.backbone.sites.map { .site($0) }).union(model.backbone.tapKinds.map { .tap($0) })
      .union([.tokenIDs, .logProbabilities, .scores])
  }
  /// Positions that prompt and reply may have together.
  public var contextLength: Int? { bound == .max ? nil : bound }
  private var bound: Int { min(settings.contextLength ?? .max, model.backbone.contextLength ?? .max) }

  /// - Parameters:
  ///   - settings: weights and template in them are ignored: the model has its own.
  ///   - adapter: an adapter for this model; nil takes the adapter that the settings name, if any.
  ///   - seed: the run's.
  /// - Throws: `SettingError`; `CheckpointError` where the settings name an adapter that is none for this model.
  public init(
    _ model: LanguageModel, _ settings: Settings = Settings(), adapter: Adapter? = nil, seed: UInt64 = 1
  ) throws {
    try settings.check(at: "policy")
    guard let model = model.caching(in: settings.cache.format) else {
      throw SettingError.outOfRange(
        "policy.cache", found: settings.cache.rawValue,
        why: "\(model.name) is no decoder, whose rows of attention could be kept so; it is float32 for other models")
    }
    self.adapter =
      try adapter
      ?? settings.adapter.map { folder in
        guard let decoder = model.decoder else {
          throw SettingError.outOfRange(
            "policy.adapter", found: folder, why: "adapters change the matrices of decoders, and \(model.name) is none")
        }
        return try Adapter(folder: folder, for: decoder.configuration)
      }
    self.model = model
    self.settings = settings
    self.seed = seed
    date = settings.date.flatMap { JinjaDate($0) }
    batcher = Batcher(model.backbone, width: settings.batch)
  }

  /// The same model with another adapter, or none. Both write side by side, in the same passes.
  public func adapted(by adapter: Adapter?) -> LocalPolicy {
    var policy = self
    policy.adapter = adapter
    return policy
  }

  /// One conversation of one user's turn.
  /// - Throws: `LocalError` for a prompt that is empty or too long, or scores that are not numbers.
  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    let reading = try reading(of: prompt, chat: chat, system: settings.system)
    let request = try request(reading, sampling, call)
    let continuation = try await batcher.continuation(of: request)
    try checkFinite(continuation)
    batcher.meter.countReply()
    let tokens = continuation.tokens
    var reply = Reply(
      text(of: continuation, stops: sampling.stops), tokens: tokens, logProbabilities: continuation.logProbabilities,
      finish: continuation.finish == .limit ? .length : .stop,
      usage: Usage(
        read: reading.passage.count, generated: tokens.count,
        lostBytes: reading.lostBytes > 0 ? reading.lostBytes : nil), model: model.name)
    if !request.choice.isPlain { reply.samplerLogProbabilities = continuation.samplerLogProbabilities }
    if case .tokens(let ids)? = reading.passage.parts.first, reading.passage.parts.count == 1 {
      reply.promptTokens = ids
    }
    if !sampling.captures.isEmpty {
      var passage = reading.passage
      passage.parts += continuation.parts
      for (tap, tensor) in try await batcher.tapped(passage, sampling.captures) { reply.captures[tap.path] = tensor }
      for (index, vectors) in continuation.vectors.enumerated() { reply.captures["insertions/\(index)"] = vectors }
    }
    reply.insertions = continuation.insertions
    return reply
  }

  /// The tapped tensors of the model for a text, which is read without turns, behind the vocabulary's own
  /// opening (begin of text, where the model has one).
  ///
  /// - Returns: `hidden` [count, width]; `keys`, before they are rotated, and `values`
  ///   [keyHeads, count, headWidth].
  public func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    let reading = try reading(of: prompt, chat: nil, system: nil)
    guard reading.passage.count <= bound else {
      throw LocalError.promptTooLong(model: model.name, positions: reading.passage.count, contextLength: bound)
    }
    try checkRoom(positions: reading.passage.count)
    try check(taps)
    return try await batcher.tapped(reading.passage, taps)
  }

  /// The log-probability of each token of a reply behind a prompt, at temperature 1, with all that enters at the
  /// prompt's sites.
  ///
  /// - Parameter insertions: vectors that an interjector inserted, with the number of tokens before them.
  /// - Returns: one per token.
  /// - Throws: `LocalError.emptyPrompt`, `.promptTooLong`, `.noRoom`; what row sources throw.
  public func score(
    _ tokens: [Int], after prompt: Prompt, insertions: [(tokens: Int, vectors: Tensor)]
  ) async throws -> [Float] {
    var passage = try reading(of: prompt, chat: chat, system: settings.system).passage
    let count = passage.count
    guard count > 0 else { throw LocalError.emptyPrompt(model: model.name) }
    var done = 0
    for (place, vectors) in insertions.sorted(by: { $0.tokens < $1.tokens }) {
      passage.parts += [.tokens(Array(tokens[done..<place])), .vectors(vectors)]
      done = place
    }
    passage.parts.append(.tokens(Array(tokens[done...])))
    guard passage.count <= bound else {
      throw LocalError.promptTooLong(model: model.name, positions: passage.count, contextLength: bound)
    }
    try checkRoom(positions: passage.count)
    return try await batcher.scores(of: passage, from: count).scalars
  }

  /// The same for a reply into which nothing was inserted.
  public func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float] {
    try await score(tokens, after: prompt, insertions: [])
  }

  /// What tells the weights and the adapter from others: stands in `Rows.version` of rows that this policy's taps
  /// give.
  public var weightsVersion: String? { model.backbone.version(with: adapter) }

  private func check(_ taps: Set<Tap>) throws {
    for tap in taps {
      let end = tap.kind == .hidden ? model.backbone.layerCount : model.backbone.layerCount - 1
      guard model.backbone.tapKinds.contains(tap.kind), (0...max(end, 0)).contains(tap.layer) else {
        throw LocalError.noTap(
          model: model.name, tap: tap.path, kinds: model.backbone.tapKinds.map(\.rawValue).sorted(),
          layers: model.backbone.layerCount)
      }
    }
  }

  /// Replies, tokens and speed so far; nil before the first reply.
  public var account: String? {
    get async { batcher.meter.account.map { "\(name): \($0)" } }
  }

  /// Prompts and replies so far, with their speeds; nil before the first pass.
  public var progress: String? { batcher.meter.progress }

  /// What loading the model found, such as fields that contradict its tensors, and what its prompts were found to
  /// have, such as bytes without a token.
  public var warnings: [String] { model.warnings + batcher.meter.warnings }

  /// With the run's first day as the date of the template, where the settings ask for it (`date: run`).
  public func begun(on date: Date) -> any Policy {
    guard settings.date == LocalPolicy.Settings.runDate else { return self }
    var policy = self
    policy.date = JinjaDate(date)
    return policy
  }
}

extension LocalPolicy {
  private var chat: ChatFormat? {
    var chat = settings.thinking ? model.chat : model.chat?.withoutThinking()
    if let date { chat?.date = date }
    return chat
  }

  private func reading(of prompt: Prompt, chat: ChatFormat?, system: String?) throws -> LanguageModel.Reading {
    var reading = try model.reading(
      of: prompt, chat: chat, system: system, rowPosition: settings.rowPosition?.position)
    reading.passage.adapter = adapter
    reading.warnings.forEach(batcher.meter.warn)
    return reading
  }

  /// - Throws: `LocalError.emptyPrompt`, `.promptTooLong`, `.noRoom`.
  private func request(
    _ reading: LanguageModel.Reading, _ sampling: Sampling, _ call: CallID
  ) throws -> GenerationRequest {
    let count = reading.passage.count
    guard count > 0 else { throw LocalError.emptyPrompt(model: model.name) }
    guard count < bound else {
      throw LocalError.promptTooLong(model: model.name, positions: count, contextLength: bound)
    }
    let limit = max(1, min(sampling.maxTokens, bound - count))
    try checkRoom(positions: count + limit)
    let random = call.random(seed: seed, for: "local")
    return GenerationRequest(
      reading.passage, limit: limit, choice: choice(sampling), ends: model.ends, random: random,
      interjector: reading.interjector.map { interjector in
        CalledInterjector(interjector: interjector, call: call, sampling: sampling) { try await forward($0, taps: $1) }
      }, isStopped: stopping(at: sampling.stops))
  }

  private func checkRoom(positions: Int) throws {
    let needed = model.backbone.cacheBytes(positions: positions)
    guard let available = Machine.availableMemory, needed > available else { return }
    throw LocalError.noRoom(
      model: model.name, what: "the rows of \(positions) tokens", needed: needed, available: available)
  }

  /// The call's own wishes, then the settings', then, where the temperature is nil, the authors'.
  private func choice(_ sampling: Sampling) -> TokenChoice {
    let authors = model.generation
    guard let temperature = sampling.temperature ?? settings.temperature else {
      guard authors.isSampled else { return .greedy }
      return TokenChoice(
        temperature: Float(authors.temperature), topK: settings.topK ?? authors.topK,
        topP: Float(sampling.topP ?? settings.topP ?? authors.topP), minP: Float(settings.minP ?? authors.minP))
    }
    return TokenChoice(
      temperature: Float(temperature), topK: settings.topK, topP: Float(sampling.topP ?? settings.topP ?? 1),
      minP: Float(settings.minP ?? 0))
  }

  /// Looks at the bytes at the end only: a stop of n bytes ends within the last n tokens.
  private func stopping(at stops: [String]) -> (@Sendable ([Int]) -> Bool)? {
    let stops = stops.filter { !$0.isEmpty }.map { Array($0.utf8) }
    guard let longest = stops.map(\.count).max() else { return nil }
    let tokenizer = model.tokenizer
    return { tokens in
      let bytes = tokens.suffix(longest).flatMap { tokenizer.isSpecial($0) ? [] : tokenizer.bytes(of: $0) ?? [] }
      return stops.contains { bytes.firstRange(of: $0) != nil }
    }
  }

  /// Without the token that ended it, and cut before the first stop.
  private func text(of continuation: Continuation, stops: [String]) -> String {
    let tokens = continuation.finish == .end ? continuation.tokens.dropLast() : continuation.tokens[...]
    let text = model.text(of: Array(tokens))
    let ends = stops.filter { !$0.isEmpty }.compactMap { text.firstRange(of: $0)?.lowerBound }
    return ends.min().map { String(text[..<$0]) } ?? text
  }

  /// - Throws: `LocalError.notFinite`, which names a weight that is not finite, if there is one.
  private func checkFinite(_ continuation: Continuation) throws {
    guard continuation.logProbabilities.contains(where: { !$0.isFinite }) else { return }
    do {
      if !model.folder.isEmpty { try Checkpoint(model.folder).checkFinite() }
    } catch {
      throw LocalError.notFinite(model: model.name, reason: "\(error)")
    }
    throw LocalError.notFinite(
      model: model.name, reason: "its weights are finite, so what entered beside the prompt is not, or overflowed")
  }
}

extension Tap {
  /// Where files and captures have it: `layer.3/keys`.
  public var path: String { "layer.\(layer)/\(kind.rawValue)" }
}
