import Checkpoints
import Palimpsest
import Tensors
import Tokenizers
import Transformers

/// Replies with a model whose weights are on this machine.
///
/// A prompt is one user's turn in the model's own format; each call is a conversation of its own. It takes
/// in every part of a `Recollection` at its site, and can be tapped.
///
/// The same prompt and sampling give the same reply, whatever other calls run at the same time: random
/// numbers derive from the seed and the sampling's session, step and purpose, and up to 16 replies that are
/// generated side by side have the bits of each alone. The bits differ between processors.
public struct LocalPolicy: Host {
  /// Copies of the policy share its weights.
  public let model: LanguageModel
  /// As given when the policy was made.
  public let settings: Settings
  /// The adapter of its replies; switching to another adapter costs nothing.
  public private(set) var adapter: Adapter?
  private let seed: UInt64
  private let batcher: Batcher

  /// `local` and the name of the model's folder.
  public var name: String { "local \(model.name)" }
  /// All sites.
  public var serves: Set<Recollection.Site> { Set(Recollection.Site.allCases) }
  /// Positions that prompt and reply may have together.
  public var window: Int? { bound }
  private var bound: Int { min(settings.contextLength ?? .max, model.decoder.configuration.contextLength) }

  /// - Parameters:
  ///   - settings: weights and template in them are ignored: the model has its own.
  ///   - adapter: an adapter for this model; nil takes the adapter that the settings name, if any.
  ///   - seed: the run's.
  /// - Throws: `SettingError`; `CheckpointError` where the settings name an adapter that is none for this model.
  public init(
    _ model: LanguageModel, _ settings: Settings = Settings(), adapter: Adapter? = nil, seed: UInt64 = 1
  ) throws {
    try settings.check(at: "policy")
    self.adapter =
      try adapter ?? settings.adapter.map { try Adapter(folder: $0, for: model.decoder.configuration) }
    self.model = model
    self.settings = settings
    self.seed = seed
    batcher = Batcher(model.decoder, width: settings.batch)
  }

  /// The same model with another adapter, or none. Both write side by side, in the same passes.
  public func adapted(by adapter: Adapter?) -> LocalPolicy {
    var policy = self
    policy.adapter = adapter
    return policy
  }

  /// One conversation of one user's turn.
  /// - Throws: `LocalError` for a prompt that is too long, or scores that are not numbers.
  public func reply(to prompt: Prompt, sampling: Sampling) async throws -> Reply {
    let reading = try reading(of: prompt, chat: chat, system: settings.system)
    let request = try request(reading, sampling)
    let continuation = try await batcher.continuation(of: request)
    try checkFinite(continuation)
    batcher.meter.countReply()
    let tokens = continuation.tokens
    var reply = Reply(
      text(of: continuation, stops: sampling.stops), tokens: tokens, logProbabilities: continuation.logProbabilities,
      finish: continuation.finish == .limit ? .length : .stop,
      usage: Usage(read: reading.passage.count, generated: tokens.count), model: model.name)
    if !sampling.captures.isEmpty {
      var passage = reading.passage
      passage.parts.append(.tokens(tokens))
      for (tap, tensor) in await batcher.tapped(passage, sampling.captures) { reply.captures[tap.path] = tensor }
    }
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
    return await batcher.tapped(reading.passage, taps)
  }

  /// Replies, tokens and speed so far; nil before the first reply.
  public var account: String? {
    get async { batcher.meter.account.map { "\(name): \($0)" } }
  }

  /// Prompts and replies so far, with their speeds; nil before the first pass.
  public var progress: String? { batcher.meter.progress }

  public var warnings: [String] { model.warnings }
}

extension LocalPolicy {
  private var chat: ChatFormat? { settings.thinking ? model.chat : model.chat?.withoutThinking() }

  private func reading(of prompt: Prompt, chat: ChatFormat?, system: String?) throws -> LanguageModel.Reading {
    var reading = try model.reading(
      of: prompt, chat: chat, system: system, rowPosition: settings.rowPosition.position)
    reading.passage.adapter = adapter
    reading.warnings.forEach(batcher.meter.warn)
    return reading
  }

  /// - Throws: `LocalError.promptTooLong`, `.noRoom`.
  private func request(_ reading: LanguageModel.Reading, _ sampling: Sampling) throws -> GenerationRequest {
    let count = reading.passage.count
    guard count < bound else {
      throw LocalError.promptTooLong(model: model.name, positions: count, contextLength: bound)
    }
    let limit = max(1, min(sampling.maxTokens, bound - count))
    try checkRoom(positions: count + limit)
    let random = SeededGenerator(
      seed: seed, session: sampling.session, step: sampling.step, purpose: "local \(sampling.purpose)")
    return GenerationRequest(
      reading.passage, limit: limit, choice: choice(sampling), ends: model.ends, random: random,
      interjector: reading.interjector, isStopped: stopping(at: sampling.stops))
  }

  private func checkRoom(positions: Int) throws {
    let needed = positions * model.decoder.configuration.bytesPerPosition
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
      try Checkpoint(model.folder).checkFinite()
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
