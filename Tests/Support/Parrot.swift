import Palimpsest
import Tensors

/// Stands in for a model: pure, quick and badly behaved. Its replies depend on all it is shown and on
/// the call's identity; some are empty, too long or malformed, some update, some exit.
///
/// It counts its calls in its policy state and says the count, so a memory that loses or mixes policy states
/// shows in the next reply.
public struct Parrot: Policy {
  public let name = "parrot"
  public var serves: Set<Capability> = [.text]
  private let seed: UInt64

  public init(seed: UInt64 = 1, serves: Set<Capability> = [.text]) {
    self.seed = seed
    self.serves = serves
  }

  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
    var random = call.random(seed: seed)
    let calls = (prompt.policyState.flatMap { Double($0.text) } ?? 0) + 1
    let held = (prompt[.memory] ?? "").suffix(20)
    let seen = (prompt[.section] ?? "").prefix(12)
    let body =
      switch Int.random(in: 0..<8, using: &random) {
      case 0: ""
      case 1: String(repeating: "\(seen)…", count: 40)
      case 2: "<think>hm</think> \(held)"
      default: "\(held) \(seen) #\(calls)"
      }
    var reply = Reply(said(body, as: prompt.form, &random), usage: Usage(read: 1, generated: 1))
    if prompt.form != .answer, Int.random(in: 0..<4, using: &random) > 0 {
      reply.policyState = try PolicyState("\(calls)")
    }
    return reply
  }

  /// Two heads of width 4; a position for each byte of the prompt.
  public func forward(_ prompt: Prompt, taps: Set<Tap>) -> [Tap: Tensor] {
    var inside: [Tap: Tensor] = [:]
    for tap in taps {
      let bytes = Array(prompt.text.utf8)
      let numbers = (0..<(2 * bytes.count * 4)).map { Float(bytes[$0 / 4 % bytes.count]) + Float($0 % 4 + tap.layer) }
      inside[tap] = Tensor(numbers, shape: tap.kind == .hidden ? [bytes.count, 8] : [2, bytes.count, 4])
    }
    return inside
  }

  private func said(_ body: String, as form: Prompt.Form?, _ random: inout SeededGenerator) -> String {
    switch form {
    case .gatedPage:
      let check = Bool.random(using: &random) ? " Yes " : "no"
      let next = Int.random(in: 0..<40, using: &random) == 0 ? "end" : "continue"
      let page = body.replacing("<think>", with: "").replacing("</think>", with: "")
      let fields = "<think>why</think><check>\(check)</check><update>\(page)</update><next>\(next)</next>"
      return Int.random(in: 0..<6, using: &random) == 0 ? String(fields.dropLast(9)) : fields
    case .answer: return "\\boxed{\(body)}"
    default: return body
    }
  }
}
