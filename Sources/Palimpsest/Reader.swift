/// Reads a text of any length with a memory of fixed size, and answers from the memory alone.
public struct Reader: Sendable {
  public enum Keeping: String, Sendable, Codable { case everyStep, lastStep }

  public var chunker: any Chunker
  public var memory: any Memory
  public var gate: any Gate
  public var policy: any Policy
  /// How the answer is drawn.
  public var sampling: Sampling
  public var templates: PromptTemplates
  /// Whether a trace keeps all its steps, or only the last: then room does not grow with the text.
  public var keeping: Keeping

  public init(
    chunker: any Chunker, memory: any Memory, gate: any Gate, policy: any Policy,
    sampling: Sampling = Sampling(maxTokens: 1024, purpose: "answer"), templates: PromptTemplates = PromptTemplates(),
    keeping: Keeping = .everyStep
  ) {
    self.chunker = chunker
    self.memory = memory
    self.gate = gate
    self.policy = policy
    self.sampling = sampling
    self.templates = templates
    self.keeping = keeping
  }

  /// Reads a question's text and answers.
  ///
  /// - Parameters:
  ///   - past: a trace of the same question that stopped or failed; reading goes on behind its last
  ///     step. One that has its answer is returned as it is.
  ///   - mark: told each step as soon as it is done.
  public func read(
    _ question: Question, resuming past: Trace? = nil,
    each mark: @Sendable (Step) async throws -> Void = { _ in }
  ) async throws -> Trace {
    var trace = try await scan(question, resuming: past, each: mark)
    if trace.answer != nil { return trace }
    trace.close(with: try await answer(question, from: trace.state, at: trace.nextIndex))
    return trace
  }

  /// Reads a text without answering: the loop.
  public func scan(
    _ question: Question, resuming past: Trace? = nil,
    each mark: @Sendable (Step) async throws -> Void = { _ in }
  ) async throws -> Trace {
    try check()
    var memory = memory  // a fresh copy for every question
    var trace = past ?? Trace(of: question)
    if let state = trace.state { memory.state = state }
    if case .failed = trace.end { trace.end = .reading }
    guard trace.end == .reading else { return trace }
    if trace.steps.last?.decision.exit == true {
      trace.end = .exited  // it was stopped before it could say so
      return trace
    }

    let chunks = Chunks(source: question.source, chunker: chunker, after: trace.steps.last?.chunk)
    for try await chunk in chunks {
      try Task.checkCancellation()
      let start = ContinuousClock.now
      let draft = try await memory.draft(from: chunk, for: question, with: policy)
      let decision = try await gate.decide(on: draft, from: chunk, for: question, given: memory.state)
      let changes = memory.write(draft, strength: decision.write)

      let step = Step(
        chunk: chunk, draft: draft, decision: decision, changes: changes, after: memory.state,
        seconds: (ContinuousClock.now - start) / .seconds(1))
      trace.append(step, keeping: keeping)
      try await mark(step)
      if decision.exit {
        trace.end = .exited
        return trace
      }
    }
    trace.end = .finished
    return trace
  }

  /// Answers from what a finished reading's memory holds: read once, ask many.
  public func answer(_ question: Question, from state: MemoryState?, at step: Int = 0) async throws -> Exchange {
    var memory = memory
    if let state { memory.state = state }
    let recollection = try await memory.recall(for: Cue(question))
    var sampling = sampling
    sampling.session = question.id
    sampling.step = step
    sampling.purpose = "answer"
    return try await policy.exchange(
      asking(question, recollection).expecting(.answer, carrying: memory.carry),
      sampling: sampling)
  }

  /// What is asked at the end: MemAgent's answer turn (arXiv:2507.02259), which sees no chunk.
  private func asking(_ question: Question, _ recollection: Recollection) -> Prompt {
    if let template = templates.answer {
      return Prompt(template: template, problem: question.ask, memory: recollection)
    }
    return """
      You have read a long document piece by piece and kept notes. Solve the task from your notes \
      alone and give the final answer inside \\boxed{}.

      <problem>
      \(question.ask, .problem)
      </problem>

      <memory>
      \(recollection, .memory)
      </memory>

      Your answer:
      """
  }

  /// - Throws: `ReaderError` where memory and policy do not fit together, before a token is spent.
  public func check() throws {
    let missing = memory.needs.subtracting(policy.serves)
    guard missing.isEmpty else {
      throw ReaderError.unserved(missing.map(\.rawValue).sorted(), by: policy.name)
    }
  }
}

public enum ReaderError: Failure, Equatable {
  case unserved([String], by: String)

  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .unserved(let sites, let policy):
      "the policy \(policy) cannot take in \(sites.joined(separator: ", ")), which the memory recalls "
        + "or the chunks are made of; choose a policy that serves them, or a memory and chunks of text"
    }
  }
}
