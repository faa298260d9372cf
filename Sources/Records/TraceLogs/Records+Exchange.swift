import Foundation
import Palimpsest

/// A prompt: as it was sent, or only its fingerprint and size.
struct PromptRecord: Codable {
  var form: String?
  var fingerprint: String
  var bytes: Int
  var text: String?

  init(_ prompt: Prompt, detail: TraceLog.Detail) {
    let text = prompt.text
    form = prompt.form?.rawValue
    fingerprint = text.fingerprint
    bytes = text.utf8.count
    self.text = detail == .full ? text : nil
  }

  var prompt: Prompt {
    Prompt(text.map { $0.isEmpty ? [] : [.literal($0)] } ?? [], form: form.map { Prompt.Form(rawValue: $0) })
  }
}

extension String {
  /// 64 bits of FNV-1a over the UTF-8, 16 hexadecimal digits: whether two prompts are the same one.
  public var fingerprint: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var text = self
    text.withUTF8 { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

struct ReplyRecord: Codable {
  var text: String
  var tokens: [Int]?
  var logProbabilities: [Float]?
  var finish: Reply.Finish
  var usage: Usage
  var attempts: Int?
  var model: String?
  var captures: [String: TensorRecord]?
  /// The carry, where it is another than the one the memory state holds after the step.
  var carry: CarryRecord?
  /// Present when the carry is the memory state's.
  var carries: Bool?

  init(_ reply: Reply, after state: MemoryState?, keepsCaptures: Bool) {
    text = reply.text
    tokens = reply.tokens.isEmpty ? nil : reply.tokens
    logProbabilities = reply.logProbabilities.isEmpty ? nil : reply.logProbabilities
    finish = reply.finish
    usage = reply.usage
    attempts = reply.attempts == 1 ? nil : reply.attempts
    model = reply.model.isEmpty ? nil : reply.model
    captures = reply.captures.isEmpty || !keepsCaptures ? nil : reply.captures.mapValues(TensorRecord.init)
    if let given = reply.carry {
      if given == state?.carry { carries = true } else { carry = CarryRecord(given) }
    }
  }

  func reply(after state: MemoryState?) throws -> Reply {
    let carry = carries == true ? state?.carry ?? [:] : carry?.counts
    guard carry?.count ?? 0 <= MemoryState.carryLimit else {
      throw RecordFlaw("a carry of \(carry?.count ?? 0) entries, of at most \(MemoryState.carryLimit)")
    }
    return Reply(
      text, tokens: tokens ?? [], logProbabilities: logProbabilities ?? [], finish: finish,
      usage: Usage(
        read: try usage.read.checked("usage.read"), generated: try usage.generated.checked("usage.generated"),
        isEstimated: usage.isEstimated),
      attempts: try (attempts ?? 1).checked("attempts"), model: model ?? "",
      captures: try (captures ?? [:]).mapValues { try $0.tensor() },
      carry: carry)
  }
}

struct ExchangeRecord: Codable {
  var prompt: PromptRecord
  var reply: ReplyRecord

  init(_ exchange: Exchange, after state: MemoryState?, settings: TraceLog.Settings) {
    prompt = PromptRecord(exchange.prompt, detail: settings.detail)
    reply = ReplyRecord(exchange.reply, after: state, keepsCaptures: settings.keepsCaptures)
  }

  func exchange(after state: MemoryState?) throws -> Exchange {
    Exchange(prompt: prompt.prompt, reply: try reply.reply(after: state))
  }
}

/// What a policy counted, as `["term", 3, "word", 5]`, sorted: there may be a thousand of them at every
/// step, and a list is written in a third of the time of a table.
struct CarryRecord: Codable {
  var counts: [String: Double]

  init(_ counts: [String: Double]) { self.counts = counts }

  init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    counts = [:]
    while !list.isAtEnd {
      let key = try list.decode(String.self)
      counts[key] = try list.decode(Double.self)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
      try list.encode(key)
      try list.encode(count)
    }
  }
}
