import Synchronization
import Tensors

/// Two policies as one: the first replies to the memory while it reads, the second answers.
///
/// GRU-Mem (arXiv:2602.10560) and Memory-R1 (arXiv:2508.19828) train the two apart. A memory's calls for
/// the answer (`Memory.recall`) go to the second as well. Policy states belong to the first: the second
/// answers once, from the memory alone.
///
/// `account` says what each cost; so do traces, whose drafts are calls of the first and whose answers
/// are calls of the second.
public struct DividedPolicy: Policy {
  private let update: any Policy
  private let answer: any Policy
  private let costs = Costs()

  /// - Parameters:
  ///   - update: replies while the text is read.
  ///   - answer: replies when the text is read.
  public init(update: any Policy, answer: any Policy) {
    self.update = update
    self.answer = answer
  }

  /// Both names.
  public var name: String { "\(update.name)+\(answer.name)" }
  /// What both serve: a memory does not say for which of its calls it needs a capability.
  public var serves: Set<Capability> { update.serves.intersection(answer.serves) }
  /// The smaller of both.
  public var contextLength: Int? { [update.contextLength, answer.contextLength].compactMap(\.self).min() }
  /// That of the first, which is the one that is tapped.
  public var weightsVersion: String? { update.weightsVersion }
  /// Those of both.
  public var warnings: [String] { update.warnings + answer.warnings.filter { !update.warnings.contains($0) } }
  /// The progress of the one that is at work; both where both are.
  public var progress: String? {
    let both = [update.progress, answer.progress].compactMap(\.self)
    return both.isEmpty ? nil : both.joined(separator: " · ")
  }

  /// What each cost in this process, and what each says of itself.
  public var account: String? {
    get async {
      let accounts = [await update.account, await answer.account]
      let lines = zip(CallID.Purpose.allCases, [update, answer]).enumerated().map { index, part in
        let (purpose, policy) = part
        let cost = costs.of(purpose)
        let line =
          "\(purpose == .draft ? "update" : "answer") (\(policy.name)): \(cost.calls) calls, "
          + "\(cost.usage.read) tokens read, \(cost.usage.generated) written"
        return line + (accounts[index].map { "; \($0)" } ?? "")
      }
      return lines.joined(separator: " · ")
    }
  }

  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    switch call.purpose {
    case .draft:
      let reply = try await update.reply(to: prompt, sampling: sampling, call: call)
      costs.add(reply.usage, to: .draft)
      return reply
    case .answer:
      var prompt = prompt
      prompt.policyState = nil
      var reply = try await answer.reply(to: prompt, sampling: sampling, call: call)
      reply.policyState = nil
      costs.add(reply.usage, to: .answer)
      return reply
    }
  }

  public func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    try await update.forward(prompt, taps: taps)
  }

  public func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float] {
    try await update.score(tokens, after: prompt)
  }

  private final class Costs: Sendable {
    private let costs = Mutex<[CallID.Purpose: (calls: Int, usage: Usage)]>([:])

    func add(_ usage: Usage, to purpose: CallID.Purpose) {
      costs.withLock {
        let cost = $0[purpose] ?? (0, Usage())
        $0[purpose] = (cost.calls + 1, cost.usage + usage)
      }
    }

    func of(_ purpose: CallID.Purpose) -> (calls: Int, usage: Usage) { costs.withLock { $0[purpose] ?? (0, Usage()) } }
  }
}

/// Settings of a policy made of two: `{kind: divided, update: extractive, answer: {kind: local, …}}`.
public struct DividedSettings: Codable, Sendable {
  /// Replies while the text is read.
  public var update = Spec("extractive")
  /// Replies when the text is read.
  public var answer = Spec("extractive")

  /// Both `extractive`.
  public init() {}
}

/// The entry `divided` over the policies of a catalogue.
public func dividedPolicy(of policies: Catalog<any Policy>) -> Catalog<any Policy>.Entry {
  .init("divided", "one policy while the text is read, another for the answer", defaults: DividedSettings()) {
    settings, setup in
    func part(_ spec: Spec, _ name: String) throws -> any Policy {
      var setup = setup
      setup.path += "." + name
      return try policies.make(spec, in: setup)
    }
    return DividedPolicy(update: try part(settings.update, "update"), answer: try part(settings.answer, "answer"))
  }
}
