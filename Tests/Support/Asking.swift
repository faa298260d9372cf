import Palimpsest

extension Policy {
  /// A reply to a call of no reading in particular.
  public func reply(to prompt: Prompt, sampling: Sampling) async throws -> Reply {
    try await reply(to: prompt, sampling: sampling, call: CallID())
  }
}

extension Memory {
  /// A draft as the reading loop takes it: with the exchanges it took.
  public func draft(from chunk: Chunk, for question: Question, with policy: any Policy) async throws -> Draft {
    let id = CallID(question: question.id, step: chunk.index)
    let caller = Caller(policy, as: id, policyState: state.policyState)
    var draft = try await draft(from: chunk, for: question, with: caller)
    draft.exchanges = caller.exchanges
    return draft
  }

  /// A recollection of a memory that calls nothing to recall.
  public func recall(for cue: Cue) async throws -> Recollection {
    try await recall(for: cue, with: Caller(Parrot()))
  }
}
