/// A bounded memory: it drafts from a chunk, writes the draft, and recalls for a cue.
///
/// Reading a chunk has two halves. `draft` may call the policy and changes nothing; `write`
/// changes the memory state and calls nothing. Between the two stands the gate.
///
/// Laws, checked over every variant: the budget holds after every write · draft and recall change
/// nothing · strength 0 leaves every slot as it is · a copy is independent · all state is the
/// memory state, so a reading that stops at any step and resumes equals one that did not stop.
public protocol Memory: Sendable {
  /// m_t: the whole state of the memory.
  var state: MemoryState { get set }
  /// The capabilities it needs; compared with those that the policy serves before the first call.
  var needs: Set<Capability> { get }
  /// The kinds of chunks it reads; compared with those of the question's source before the first call.
  var reads: Set<Chunk.Kind> { get }
  /// The prompts of its calls: hashed with a run, and replaceable by name.
  var prompts: [PromptTemplate] { get }

  /// Proposes edits for a chunk; changes nothing.
  ///
  /// - Parameter caller: calls the policy; it numbers and records every call.
  func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft
  /// The recollection for an answer, or for reading the next chunk; changes nothing.
  func recall(for cue: Cue, with caller: Caller) async throws -> Recollection
  /// Writes a draft with the strength that the gate decided; 0 leaves every slot as it is.
  ///
  /// - Returns: the changes.
  mutating func write(_ draft: Draft, strength: Float) -> [Change]
}

extension Memory {
  /// Text alone.
  public var needs: Set<Capability> { [.text] }
  /// Chunks of text alone.
  public var reads: Set<Chunk.Kind> { [.text] }
  /// None declared.
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
  ///   - policy: the policy that the memory may call.
  ///   - rollout: the number of this reading among several of the same question.
  /// - Throws: what draft and gate throw. A refusal by the policy includes the cost of earlier calls of
  ///   the step (`RefusedStep`).
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
