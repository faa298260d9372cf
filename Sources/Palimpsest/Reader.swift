/// Reads a text of any length with a memory of fixed size, and answers from the memory alone.
public struct Reader: Sendable {
  /// All steps, or the last one alone.
  public enum Keeping: String, Sendable, Codable { case everyStep, lastStep }

  /// Cuts the text.
  public var chunker: any Chunker
  /// The empty memory; each question gets a copy.
  public var memory: any Memory
  /// Asked once per chunk.
  public var gate: any Gate
  /// Called by the memory and for the answer.
  public var policy: any Policy
  /// How the answer is sampled.
  public var sampling: Sampling
  /// Replace the built-in prompts.
  public var templates: PromptTemplates
  /// Whether a trace keeps all its steps, or only the last; with the last alone, memory does not
  /// grow with the text.
  public var keeping: Keeping

  /// `check` compares memory and policy later, not here.
  public init(
    chunker: any Chunker, memory: any Memory, gate: any Gate, policy: any Policy,
    sampling: Sampling = Sampling(maxTokens: 1024), templates: PromptTemplates = PromptTemplates(),
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
  ///   - rollout: which of several readings of the same question this is; each draws its own random numbers.
  ///   - past: a trace of the same reading that stopped or failed; reading resumes behind its last
  ///     step. One that has its answer is returned as it is.
  ///   - mark: called with each step as soon as it is complete.
  public func read(
    _ question: Question, rollout: Int = 0, resuming past: Trace? = nil,
    each mark: @Sendable (Step) async throws -> Void = { _ in }
  ) async throws -> Trace {
    var trace = try await scan(question, rollout: rollout, resuming: past, each: mark)
    if trace.answer != nil { return trace }
    let start = ContinuousClock.now
    let answer = try await answer(question, from: trace.state, at: trace.nextIndex, rollout: trace.rollout)
    trace.close(with: answer, after: (ContinuousClock.now - start) / .seconds(1))
    return trace
  }

  /// Reads a text without answering: the loop.
  public func scan(
    _ question: Question, rollout: Int = 0, resuming past: Trace? = nil,
    each mark: @Sendable (Step) async throws -> Void = { _ in }
  ) async throws -> Trace {
    try check(question)
    var memory = memory  // a fresh copy for every question
    var trace = past ?? Trace(of: question, rollout: rollout)
    if let state = trace.state { memory.state = state }
    if case .failed = trace.end { trace.end = .reading }
    guard trace.end == .reading else { return trace }
    if trace.steps.last?.decision.exit == true {
      trace.end = .exited  // it stopped before the end was recorded
      return trace
    }

    let chunks = Chunks(source: question.source, chunker: chunker, after: trace.steps.last?.chunk)
    for try await chunk in chunks {
      try Task.checkCancellation()
      let step = try await memory.read(chunk, for: question, through: gate, with: policy, rollout: trace.rollout)
      trace.append(step, keeping: keeping)
      try await mark(step)
      if step.decision.exit {
        trace.end = .exited
        return trace
      }
    }
    trace.end = .finished
    return trace
  }

  /// Answers from what a finished reading's memory holds: read once, ask many.
  ///
  /// - Parameter step: the index behind the last chunk.
  public func answer(
    _ question: Question, from state: MemoryState?, at step: Int = 0, rollout: Int = 0
  ) async throws -> Answer {
    var memory = memory
    if let state { memory.state = state }
    let id = CallID(question: question.id, rollout: rollout, step: step, purpose: .answer)
    let caller = Caller(policy, as: id, policyState: memory.state.policyState)
    return try await caller.counting {
      let recollection = try await memory.recall(for: Cue(question), with: caller)
      let recalls = caller.exchanges
      let template = templates.replacing(Self.answerTemplate)
      let exchange = try await caller.exchange(
        template.filled(problem: question.ask, memory: recollection), sampling: sampling)
      return Answer(exchange, recalls: recalls, recollection: recollection.text, used: recollection.used)
    }
  }

  /// The prompt for the answer: MemAgent's answer turn (arXiv:2507.02259), which sees no chunk.
  public static let answerTemplate = PromptTemplate(
    "answer", form: .answer,
    """
    You have read a long document piece by piece and kept notes. Solve the task from your notes \
    alone and give the final answer inside \\boxed{}.

    <problem>
    {problem}
    </problem>

    <memory>
    {memory}
    </memory>

    Your answer:
    """)

  /// The prompts of this reader as they will be asked: those of the memory, and the answer's.
  public var prompts: [PromptTemplate] { memory.prompts + [templates.replacing(Self.answerTemplate)] }

  /// - Throws: `ReaderError` where memory and policy, or memory and source, do not fit together, before a
  ///   token is spent.
  public func check(_ question: Question? = nil) throws {
    try policy.serves.check(memory.needs, of: policy.name)
    let strange = (question?.source.kinds ?? []).subtracting(memory.reads)
    guard strange.isEmpty else {
      throw ReaderError.unread(
        strange.map(\.rawValue).sorted(), of: question?.id ?? "", by: "\(type(of: memory))",
        reads: memory.reads.map(\.rawValue).sorted())
    }
  }
}

/// Why memory and policy cannot work together.
public enum ReaderError: Failure, Equatable {
  case unserved([String], by: String)
  case unread([String], of: Question.ID, by: String, reads: [String])

  /// Always the user's fault.
  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .unserved(let needs, let policy):
      "the policy \(policy) does not serve \(needs.joined(separator: ", ")), which the memory needs; choose a "
        + "policy that serves it (palimpsest list policy), or a memory that needs less"
    case .unread(let kinds, let question, let memory, let reads):
      "the source of question '\(question)' gives chunks of \(kinds.joined(separator: ", ")), and \(memory) reads "
        + "\(reads.joined(separator: ", ")); choose a memory that reads them, or turn the stream into text"
    }
  }
}
