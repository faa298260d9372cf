import Foundation
import Synchronization
import Tensors

/// Several policies as one: the first replies to the memory while it reads, the second answers, a third grades.
///
/// GRU-Mem (arXiv:2602.10560) and Memory-R1 (arXiv:2508.19828) train the two apart. A memory's calls for
/// the answer (`Memory.recall`) go to the second as well. Policy states belong to the first: the second
/// answers once, from the memory alone. A verifier that asks (`judge`) asks the third, or the second where there is none.
///
/// `account` says what each cost; so do traces, whose drafts are calls of the first and whose answers
/// are calls of the second, and verdicts, which count what grading cost.
public struct DividedPolicy: Policy {
  private var update: any Policy
  private var answer: any Policy
  private var grade: (any Policy)?
  private let costs = Costs()

  /// - Parameters:
  ///   - update: replies while the text is read.
  ///   - answer: replies when the text is read.
  ///   - grade: replies to verifiers; nil leaves that to `answer`.
  public init(update: any Policy, answer: any Policy, grade: (any Policy)? = nil) {
    self.update = update
    self.answer = answer
    self.grade = grade
  }

  /// Those that read and answer, by name.
  public var name: String { "\(update.name)+\(answer.name)" }
  /// What both serve: a memory does not say for which of its calls it needs a capability. The third serves no memory.
  public var serves: Set<Capability> { update.serves.intersection(answer.serves) }
  /// The smaller of both.
  public var contextLength: Int? { [update.contextLength, answer.contextLength].compactMap(\.self).min() }
  /// That of the first, which is the one that is tapped.
  public var weightsVersion: String? { update.weightsVersion }
  /// Those of all, each once.
  public var warnings: [String] {
    parts.flatMap(\.policy.warnings).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
  /// The progress of the one that is at work; of all where several are.
  public var progress: String? {
    let all = parts.compactMap(\.policy.progress)
    return all.isEmpty ? nil : all.joined(separator: " · ")
  }

  private var parts: [(name: String, purpose: CallID.Purpose, policy: any Policy)] {
    [("update", .draft, update), ("answer", .answer, answer)] + (grade.map { [("grade", .grade, $0)] } ?? [])
  }

  /// What each cost in this process, and what each says of itself.
  public var account: String? {
    get async {
      var lines: [String] = []
      for (part, purpose, policy) in parts {
        let cost = costs.of(purpose)
        let line =
          "\(part) (\(policy.name)): \(cost.calls) calls, \(cost.usage.read) tokens read, "
          + "\(cost.usage.generated) written"
        lines.append(line + (await policy.account.map { "; \($0)" } ?? ""))
      }
      return lines.joined(separator: " · ")
    }
  }

  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    let policy: any Policy =
      switch call.purpose {
      case .draft: update
      case .answer: answer
      case .grade: grade ?? answer
      }
    var prompt = prompt
    if call.purpose != .draft { prompt.policyState = nil }
    var reply = try await policy.reply(to: prompt, sampling: sampling, call: call)
    if call.purpose != .draft { reply.policyState = nil }
    costs.add(reply.usage, to: call.purpose)
    return reply
  }

  /// Each part of its own.
  public func begun(on date: Date) -> any Policy {
    var policy = self
    policy.update = update.begun(on: date)
    policy.answer = answer.begun(on: date)
    policy.grade = grade?.begun(on: date)
    return policy
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

/// Settings of a policy made of several: `{kind: divided, update: extractive, answer: {kind: local, …}}`.
public struct DividedSettings: Codable, Sendable {
  /// Replies while the text is read.
  public var update = Spec("extractive")
  /// Replies when the text is read.
  public var answer = Spec("extractive")
  /// Replies to verifiers that ask, such as `judge`; nil leaves that to `answer`.
  public var grade: Spec?

  /// Both `extractive`, without a third.
  public init() {}
}

/// The entry `divided` over the policies of a catalogue.
public func dividedPolicy(of policies: Catalog<any Policy>) -> Catalog<any Policy>.Entry {
  .init(
    "divided", "one policy while the text is read, another for the answer, a third to grade",
    defaults: DividedSettings()
  ) {
    settings, setup in
    func part(_ spec: Spec, _ name: String) throws -> any Policy {
      var setup = setup
      setup.path += "." + name
      return try policies.make(spec, in: setup)
    }
    return DividedPolicy(
      update: try part(settings.update, "update"), answer: try part(settings.answer, "answer"),
      grade: try settings.grade.map { try part($0, "grade") })
  }
}
