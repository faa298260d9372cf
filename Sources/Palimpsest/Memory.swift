/// A bounded state that reads. Two questions and one verb.
///
/// Reading a chunk has two halves. `draft` may call the policy and changes nothing; `write`
/// changes the memory state and calls nothing. Between the two stands the gate.
///
/// Laws, checked over every variant: the budget holds after every write · draft and recall change
/// nothing · strength 0 leaves every slot as it is · a copy is independent · all state is the
/// memory state, so a reading that stops at any step and resumes gives what it would have given.
public protocol Memory: Sendable {
  /// m_t: all that the memory knows.
  var state: MemoryState { get set }
  /// What it needs of a policy; compared with what the policy serves before the first call.
  var needs: Set<Capability> { get }
  /// The kinds of chunks it reads; compared with those of the question's source before the first call.
  var reads: Set<Chunk.Kind> { get }
  /// The prompts it asks with: hashed with a run, and replaced by name.
  var prompts: [PromptTemplate] { get }

  /// What would be written of a chunk.
  ///
  /// - Parameter caller: the way to the policy; it numbers and records every call.
  func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft
  /// What the memory gives to answer from, or to read the next chunk with.
  func recall(for cue: Cue, with caller: Caller) async throws -> Recollection
  /// Writes a draft, as strongly as the gate decided: 0 leaves every slot as it is.
  ///
  /// - Returns: what changed.
  mutating func write(_ draft: Draft, strength: Float) -> [Change]
}

extension Memory {
  public var needs: Set<Capability> { [.text] }
  public var reads: Set<Chunk.Kind> { [.text] }
  public var prompts: [PromptTemplate] { [] }

  /// Text is written whole or not at all, at strength 0.5 and above; a soft memory blends instead.
  public mutating func write(_ draft: Draft, strength: Float) -> [Change] {
    strength < 0.5 ? [] : state.apply(draft.edits)
  }
}

extension Memory {
  /// Reads one chunk: draft, gate, write. The only place where a memory state changes.
  ///
  /// - Parameters:
  ///   - gate: decides how strongly the draft is written.
  ///   - policy: what the memory may call.
  ///   - rollout: which of several readings of the same question this is.
  /// - Throws: what draft and gate throw. A refusal by the policy counts what earlier calls of the step
  ///   cost (`RefusedStep`).
  public mutating func read(
    _ chunk: Chunk, for question: Question, through gate: any Gate, with policy: any Policy, rollout: Int = 0
  ) async throws -> Step {
    let start = ContinuousClock.now
    let id = CallID(question: question.id, rollout: rollout, step: chunk.index, purpose: .draft)
    let caller = Caller(policy, as: id, policyState: state.policyState)
    let memory = self
    var draft: Draft = try await caller.counting {
      try await memory.draft(from: chunk, for: question, with: caller)
    }
    draft.call = id
    draft.exchanges = caller.exchanges
    try draft.check()
    let decision = try await gate.decide(on: draft, from: chunk, for: question, given: state)
    let changes = write(draft, strength: decision.write)
    state.policyState = caller.policyState
    return Step(
      chunk: chunk, draft: draft, decision: decision, changes: changes, after: state,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
