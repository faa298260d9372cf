import Palimpsest
import Tasks
import Tensors
import Transformers

/// Reads texts of the task `symbols` with a tiny model, for the memories `overwrite` and `gated`.
///
/// It looks at the fields of a prompt alone (question, page, chunk), turns their words into token ids, and lays them out
/// as the model was trained. The reply has the form that the memory expects: a page, the four fields of a gated page, or
/// an answer in a box. Instructions in the prompt's own words have no effect.
///
/// Replies are generated side by side in passes of at most 16. What runs beside a call may change the last bits of its
/// scores, never the random numbers it draws. A reading by the `Reader` is that of `SymbolReadings`, page by page.
public struct MiniaturePolicy: Policy {
  /// Always `miniature`.
  public var name: String { "miniature" }
  /// Text, ids and log-probabilities, so that its traces can be learned from.
  public var serves: Set<Capability> { [.text, .tokenIDs, .logProbabilities] }
  /// Of the model.
  public var contextLength: Int? { model.decoder.contextLength }
  /// The model that replies.
  public let model: SymbolModel
  private let choice: TokenChoice
  private let seed: UInt64
  private let writer: SymbolWriting

  /// - Parameters:
  ///   - choice: how tokens are drawn where the sampling says nothing; greedily unless told otherwise.
  ///   - seed: the run's.
  public init(_ model: SymbolModel, choice: TokenChoice = .greedy, seed: UInt64 = 1) {
    self.model = model
    self.choice = choice
    self.seed = seed
    writer = SymbolWriting(model.decoder)
  }

  /// One conversation, which has no history.
  ///
  /// - Throws: `MiniatureError`.
  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    let read = try reading(of: prompt)
    let limit = max(1, min(read.limit, sampling.maxTokens))
    guard read.tokens.count + limit <= model.decoder.configuration.contextLength else {
      throw MiniatureError.tooLong(
        words: read.tokens.count + limit, most: model.decoder.configuration.contextLength)
    }
    let choice = choice(sampling)
    let written = await writer.continuation(
      of: GenerationRequest(
        Passage(read.tokens), limit: limit, choice: choice, ends: read.form?.ends ?? [Mark.end.rawValue],
        random: call.random(seed: seed, for: "tokens")))
    var reply = Reply(
      text(of: written, read), tokens: written.tokens, logProbabilities: written.logProbabilities,
      finish: written.finish == .limit && read.form != nil ? .length : .stop,
      usage: Usage(read: read.tokens.count, generated: written.tokens.count), model: name)
    if !choice.isPlain { reply.samplerLogProbabilities = written.samplerLogProbabilities }
    reply.promptTokens = read.tokens
    return reply
  }

  /// A prompt as the model reads it.
  private struct Reading {
    var tokens: [Int]
    /// The most tokens of the reply.
    var limit: Int
    /// What is written; nil for an answer.
    var form: SymbolForm?
    var query: [Int]
  }

  private func reading(of prompt: Prompt) throws -> Reading {
    let prompts = model.prompts
    guard let ask = prompt[.problem], !ask.allSatisfy(\.isWhitespace) else { throw MiniatureError.noQuestion }
    let query = try tokens(of: ask, in: "question")
    guard query.count <= prompts.question else {
      throw MiniatureError.noRoom(in: "question", words: query.count, most: prompts.question)
    }
    let held = prompt[.memory].flatMap { $0 == Recollection.nothing.text ? nil : $0 } ?? ""
    let page = try tokens(of: held, in: "memory")
    guard page.count <= prompts.page else {
      throw MiniatureError.noRoom(in: "memory", words: page.count, most: prompts.page)
    }
    let form = prompt.form ?? (prompt[.section] == nil ? .answer : .page)
    switch form {
    case .answer:
      return Reading(
        tokens: prompts.answer(query, page: page), limit: prompts.answerLimit(of: query), form: nil, query: query)
    case .page, .gatedPage:
      let wanted = try written(as: form)
      let chunk = try tokens(of: prompt[.section] ?? "", in: "section")
      return Reading(
        tokens: prompts.update(query, page: page, chunk: chunk), limit: prompts.limit(of: wanted), form: wanted,
        query: query)
    default: throw MiniatureError.form(form.rawValue)
    }
  }

  /// What the model writes at a chunk, where the memory wants a page with gates or without.
  private func written(as form: Prompt.Form) throws -> SymbolForm {
    guard let own = model.form else { return form == .page ? .page : .gates }
    guard own.isGated == (form == .gatedPage) else { throw MiniatureError.otherMemory(own) }
    return own
  }

  /// The ids of a text. `_` is the padding that a page of a model may have.
  private func tokens(of text: String, in field: String) throws -> [Int] {
    try text.split(whereSeparator: \.isWhitespace).map { word in
      if word == "_" { return Mark.pad.rawValue }
      guard let id = SymbolLanguage.id(of: word) else {
        throw MiniatureError.foreign(word: String(word.prefix(40)), field: field)
      }
      return id
    }
  }

  private func words(of tokens: some Sequence<Int>) -> [String] {
    tokens.map { $0 == Mark.pad.rawValue ? "_" : SymbolLanguage.words[$0] }
  }

  private func text(of written: Continuation, _ read: Reading) -> String {
    guard let form = read.form else {
      // A chain is spelled out; its end is the answer.
      let answer = written.tokens.prefix { $0 != Mark.end.rawValue }
      let isChain = read.query.first == Mark.seek.rawValue
      return "\\boxed{\(words(of: isChain ? answer.suffix(1) : answer[...]).joined(separator: ", "))}"
    }
    // A malformed reply stays as it is, so that the memory sees it.
    guard let reply = SymbolReply(written.tokens, form: form, limit: model.prompts.page) else {
      return words(of: written.tokens).joined(separator: " ")
    }
    let page = words(of: reply.page).joined(separator: " ")
    guard form.isGated else { return page }
    return "<think></think><check>\(reply.updates ? "yes" : "no")</check><update>\(page)</update>"
      + "<next>\(reply.exits ? "end" : "continue")</next>"
  }

  private func choice(_ sampling: Sampling) -> TokenChoice {
    var choice = choice
    if let temperature = sampling.temperature { choice.temperature = Float(max(0, temperature)) }
    if let topP = sampling.topP { choice.topP = Float(min(max(0, topP), 1)) }
    return choice
  }
}

/// Generates the replies of one tiny model: calls that wait at the same time are written in the same passes.
private actor SymbolWriting {
  private var batch: Batch<ConvolvedDecoder>
  private var waiting: [BatchTicket: CheckedContinuation<Continuation, Never>] = [:]
  private var isRunning = false

  /// Wider passes would put prompts and replies of different calls together, and scores would differ by more than
  /// their last bits.
  init(_ decoder: ConvolvedDecoder) { batch = Batch(decoder, width: 16) }

  func continuation(of request: GenerationRequest) async -> Continuation {
    let ticket = batch.add(request)
    return await withCheckedContinuation { continuation in
      waiting[ticket] = continuation
      guard !isRunning else { return }
      isRunning = true
      Task { await run() }
    }
  }

  private func run() async {
    while !batch.isEmpty {
      for (ticket, written) in batch.step() { waiting.removeValue(forKey: ticket)?.resume(returning: written) }
      // Between two passes requests may be added.
      await Task.yield()
    }
    isRunning = false
  }
}

/// Why a tiny model does not reply. All of them would meet the next question too.
public enum MiniatureError: Refusal, Equatable {
  case noQuestion
  case foreign(word: String, field: String)
  case noRoom(in: String, words: Int, most: Int)
  case tooLong(words: Int, most: Int)
  case form(String)
  case otherMemory(SymbolForm)

  /// 0: nothing was generated.
  public var attempts: Int { 0 }
  public var stopsRun: Bool { true }
  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .noQuestion: "the policy miniature reads for a question, and the prompt has none; use another policy"
    case .foreign(let word, let field):
      "‘\(word)’ in the \(field) is no word of the language of symbols; the policy miniature reads texts of the task "
        + "symbols alone, cut between words: set task.kind to symbols and the chunker to {kind: tokens, size: 80}"
    case .noRoom(let field, let words, let most):
      "the \(field) has \(words) words, and the model has room for \(most); "
        + (field == "memory"
          ? "use the memory overwrite or gated, whose pages it writes itself" : "ask for fewer relations")
    case .tooLong(let words, let most):
      "prompt and reply take \(words) tokens, and the model has \(most) positions; lower chunker.size: it was trained "
        + "with chunks of 80"
    case .form(let form):
      "the policy miniature does not write replies of the form \(form); use the memory overwrite or gated"
    case .otherMemory(let form):
      form.isGated
        ? "these weights write gated replies; use the memory gated, or weights that were trained to overwrite"
        : "these weights write pages without gates; use the memory overwrite, or weights that were trained with gates"
    }
  }
}
