import Palimpsest
import Runs
import Tensors

/// Answers nothing and counts everything: what a reading would cost where every reply is as long as
/// it may be, so that every page is full.
final class PlanningPolicy: Policy, @unchecked Sendable {
  let name = "plan"
  let serves: Set<Capability>
  let contextLength: Int?
  private let original: any Policy
  private let tokenizer: any Tokenizer
  private let filler: String
  private let place = Semaphore(1)
  private(set) var calls = 0
  private(set) var usage = Usage()
  /// The longest prompt with its reply.
  private(set) var longest = 0
  private(set) var longestReply = 0

  init(in place: any Policy, tokenizer: any Tokenizer) {
    serves = place.serves
    contextLength = place.contextLength
    original = place
    self.tokenizer = tokenizer
    filler = String(repeating: "plan ", count: 4096)
  }

  func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    try await place.take()
    defer { place.give() }
    let read = tokenizer.count(prompt.text)
    calls += 1
    usage = usage + Usage(read: read, generated: sampling.maxTokens)
    longest = max(longest, read + sampling.maxTokens)
    longestReply = max(longestReply, sampling.maxTokens)
    var text = filler
    while tokenizer.count(text) < sampling.maxTokens { text += text }
    text = tokenizer.truncate(text, to: sampling.maxTokens)
    let reply = prompt.form?.reply(keeping: text) ?? text
    return Reply(reply, finish: .stop, usage: Usage(read: read, generated: sampling.maxTokens), model: name)
  }

  func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    try await original.forward(prompt, taps: taps)
  }

  func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float] {
    try await original.score(tokens, after: prompt)
  }
}
