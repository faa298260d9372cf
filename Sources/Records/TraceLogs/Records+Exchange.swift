import Basics
import Foundation
import Palimpsest

/// A prompt: as it was sent, or only its fingerprint and size.
struct PromptRecord: Codable {
  var form: String?
  var fingerprint: String
  var bytes: Int
  var text: String?
  /// The slots that its recollections were made of.
  var used: [Int]?

  init(_ prompt: Prompt, detail: TraceLog.Detail) {
    let text = prompt.text
    form = prompt.form?.rawValue
    fingerprint = text.fingerprint
    bytes = text.utf8.count
    self.text = detail == .full ? text : nil
    used = prompt.used.isEmpty ? nil : prompt.used
  }

  var prompt: Prompt {
    Prompt(
      text.map { $0.isEmpty ? [] : [.literal($0)] } ?? [], form: form.map { Prompt.Form(rawValue: $0) },
      used: used ?? [])
  }
}

extension String {
  /// 64 bits of FNV-1a over the UTF-8, 16 hexadecimal digits: whether two prompts are the same one.
  public var fingerprint: String {
    let digits = String(FNV1a.hash(of: self), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

struct ReplyRecord: Codable {
  var text: String
  /// Token ids of the prompt, for replies whose policy knows them.
  var promptTokens: [Int]?
  var tokens: [Int]?
  /// 0 for tokens that were put in, 1 for those that were drawn; absent when all were.
  var mask: [Int]?
  var logProbabilities: [Float]?
  /// Absent when they are those of the model.
  var samplerLogProbabilities: [Float]?
  var finish: Reply.Finish
  var usage: Usage
  var attempts: Int?
  var model: String?
  var captures: [String: TensorRecord]?
  /// What an interjector inserted.
  var insertions: [Insertion]?
  /// What the policy asked to be handed back, where it is something else than the memory state holds after
  /// the step.
  var policyState: PolicyState?
  /// Present when it is what the memory state holds.
  var keepsPolicyState: Bool?

  init(_ reply: Reply, after state: MemoryState?, keepsCaptures: Bool, _ tensors: inout TensorRecorder) {
    text = reply.text
    tokens = reply.tokens.isEmpty ? nil : reply.tokens
    logProbabilities = reply.logProbabilities.isEmpty ? nil : reply.logProbabilities
    finish = reply.finish
    usage = reply.usage
    attempts = reply.attempts == 1 ? nil : reply.attempts
    model = reply.model.isEmpty ? nil : reply.model
    if !reply.captures.isEmpty, keepsCaptures { captures = reply.captures.mapValues { tensors.record($0) } }
    insertions = reply.insertions.isEmpty ? nil : reply.insertions
    promptTokens = reply.promptTokens.isEmpty ? nil : reply.promptTokens
    mask = reply.mask.isEmpty ? nil : reply.mask.map { $0 ? 1 : 0 }
    samplerLogProbabilities = reply.samplerLogProbabilities.isEmpty ? nil : reply.samplerLogProbabilities
    if let given = reply.policyState {
      if given == state?.policyState { keepsPolicyState = true } else { policyState = given }
    }
  }

  func reply(after state: MemoryState?, tensors: (any TensorSource)?) throws -> Reply {
    var reply = Reply(
      text, tokens: tokens ?? [], logProbabilities: logProbabilities ?? [], finish: finish,
      usage: Usage(
        read: try usage.read.checked("usage.read"), generated: try usage.generated.checked("usage.generated"),
        isEstimated: usage.isEstimated, lostBytes: try usage.lostBytes?.checked("usage.lostBytes")),
      attempts: try (attempts ?? 1).checked("attempts"), model: model ?? "",
      captures: try (captures ?? [:]).mapValues { try $0.tensor(from: tensors) },
      policyState: keepsPolicyState == true ? state?.policyState : policyState)
    reply.insertions = insertions ?? []
    reply.promptTokens = promptTokens ?? []
    reply.mask = (mask ?? []).map { $0 != 0 }
    reply.samplerLogProbabilities = samplerLogProbabilities ?? []
    for (name, count) in [
      ("mask", reply.mask.count), ("logProbabilities", reply.logProbabilities.count),
      ("samplerLogProbabilities", reply.samplerLogProbabilities.count),
    ] where count != 0 && !reply.tokens.isEmpty && count != reply.tokens.count {
      throw RecordFlaw("\(name) has \(count) values for \(reply.tokens.count) tokens")
    }
    return reply
  }
}

struct ExchangeRecord: Codable {
  /// Which call of the step it was, from 0; absent for the first.
  var call: Int?
  var prompt: PromptRecord
  var reply: ReplyRecord

  init(
    _ exchange: Exchange, after state: MemoryState?, settings: TraceLog.Settings, _ tensors: inout TensorRecorder
  ) {
    call = exchange.call.call == 0 ? nil : exchange.call.call
    prompt = PromptRecord(exchange.prompt, detail: settings.detail)
    reply = ReplyRecord(exchange.reply, after: state, keepsCaptures: settings.keepsCaptures, &tensors)
  }

  /// - Parameter id: question, rollout, step and purpose of the call.
  func exchange(as id: CallID, after state: MemoryState?, tensors: (any TensorSource)?) throws -> Exchange {
    var id = id
    id.call = try (call ?? 0).checked("call")
    return Exchange(call: id, prompt: prompt.prompt, reply: try reply.reply(after: state, tensors: tensors))
  }
}
