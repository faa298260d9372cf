import Foundation
import Palimpsest

/// The result of one call: a reply, or the tokens of a failed call.
struct Completion: Sendable {
  var text = ""
  var finish = Reply.Finish.unknown
  var usage: Usage?
  var model = ""
  var promptTokens: [Int] = []
  var tokens: [Int] = []
  var logProbabilities: [Float] = []

  /// Reads the body of an answer of status 200.
  ///
  /// The text is `choices[0].message.content`, unchanged. A thinking model's `reasoning_content` is
  /// not part of it, but its tokens are counted. Null content is an empty text: the model said
  /// nothing, or used up its tokens by thinking.
  ///
  /// - Throws: `Fault.truncated`, `.malformed`, `.reported`, or what a status inside the error says.
  init(_ answer: HTTPAnswer) throws(Fault) {
    if answer.isEventStream {
      self = try EventStream.completion(from: answer.body)
      return
    }
    let body = Wire.json(answer.body)
    guard !body.isEmpty else { throw .truncated("it is empty") }
    let wire = try Wire.decode(Wire.Completion.self, from: body)
    if let fault = wire.error?.fault { throw fault }
    guard let choice = wire.choices?.first else {
      throw .malformed("it has no choices (\(Wire.excerpt(body)))")
    }
    if let fault = choice.error?.fault { throw fault }
    guard let message = choice.message else {
      throw .malformed("its choice has no message (\(Wire.excerpt(body)))")
    }
    text = message.content?.text ?? ""
    finish = Self.finish(choice.finish, refusal: message.refusal)
    usage = wire.usage?.value
    model = wire.model?.text ?? ""
    promptTokens = wire.promptTokens?.given ?? []
    add(choice)
  }

  /// Takes in ids and scores of a choice, or of a piece of one.
  mutating func add(_ choice: Wire.Choice) {
    tokens += choice.tokens?.given ?? []
    logProbabilities += choice.scores?.given?.content?.map(\.logprob) ?? []
  }

  init() {}

  /// Tokens of a failed call, where its body reports them.
  static func cost(of body: [UInt8]) -> Usage? {
    // Nil is the answer here: most refusals are not JSON, and few tell a cost.
    (try? JSONDecoder().decode(Wire.Cost.self, from: Data(Wire.json(body))))?.usage?.value
  }

  static func finish(_ word: String?, refusal: String?) -> Reply.Finish {
    if let refusal, !refusal.isEmpty { return .filtered }
    return switch word {
    case "stop", "eos", "end_turn", "stop_sequence": .stop
    case "length", "max_tokens": .length
    case "content_filter", "safety": .filtered
    default: .unknown
    }
  }
}
