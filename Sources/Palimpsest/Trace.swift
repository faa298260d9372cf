/// The reading of one chunk: the chunk, the draft, the decision, the changes.
public struct Step: Sendable, Codable {
  /// What was read.
  public var chunk: Chunk
  /// What the memory proposed.
  public var draft: Draft
  /// What the gate decided.
  public var decision: Decision
  /// What the write did.
  public var changes: [Change]
  /// The memory state behind the write.
  public var after: MemoryState
  /// Wall time of draft, gate and write. Not part of any comparison of traces.
  public var seconds: Double

  /// A step without a time is a step of a script or a test.
  public init(
    chunk: Chunk, draft: Draft, decision: Decision, changes: [Change], after: MemoryState,
    seconds: Double = 0
  ) {
    self.chunk = chunk
    self.draft = draft
    self.decision = decision
    self.changes = changes
    self.after = after
    self.seconds = seconds
  }
}

/// Everything that happened while one question's text was read: a trajectory. Verifiers, analyzers,
/// figures, logs and learning read it.
public struct Trace: Sendable {
  /// How the reading ended, or that it goes on.
  public enum End: Sendable, Codable, Hashable {
    case reading
    /// The text ended.
    case finished
    /// The gate said exit at the last step.
    case exited
    case failed(reason: String, attempts: Int)
  }

  /// What was asked.
  public var question: Question
  /// The number of this reading among several of the question, from 0.
  public var rollout: Int
  /// All steps, or only the last one where the reader was told to keep no more.
  public var steps: [Step]
  /// Counts over all steps, also where steps are not kept.
  public var tally: Tally
  /// How the reading ended.
  public var end: End
  /// The last exchange; nil before the end, and where the reading failed.
  public var answer: Answer?
  /// The id of the reading that this trace shares with other questions, where a text was read once.
  public var reading: String?

  /// A trace without steps.
  public init(of question: Question, rollout: Int = 0) {
    self.question = question
    self.rollout = rollout
    steps = []
    tally = Tally()
    end = .reading
  }

  /// The id of this reading in a run: the question's id, with the rollout behind it where there are
  /// several.
  public var id: String { Trace.id(of: question.id, rollout: rollout) }

  /// The question's id; behind `#` the rollout, where it is not the first.
  public static func id(of question: Question.ID, rollout: Int) -> String {
    rollout == 0 ? question : "\(question)#\(rollout)"
  }

  /// The memory state after the last step; nil before the first step.
  public var state: MemoryState? { steps.last?.after }
  /// Where the next chunk would begin, and its index.
  public var nextOffset: Int { steps.last?.chunk.next ?? 0 }
  /// Index of the next chunk; 0 before the first.
  public var nextIndex: Int { steps.last.map { $0.chunk.index + 1 } ?? 0 }
}

/// Counts of a reading, updated while it runs.
public struct Tally: Sendable, Codable, Hashable {
  /// Chunks that were read.
  public var steps = 0
  /// Steps that changed a slot.
  public var updates = 0
  /// Drafts whose reply did not follow its form.
  public var malformed = 0
  /// Repeated calls.
  public var retries = 0
  /// Tokens of all prompts and replies, the answer's included.
  public var usage = Usage()
  /// Wall seconds of all steps and of the answer.
  public var seconds = 0.0
  /// Largest resident memory of the process by the end of the reading; nil where it was not
  /// measured. Like the seconds, it is not part of any comparison of traces.
  public var residentBytes: Int?

  /// All counts 0.
  public init() {}

  mutating func count(_ step: Step) {
    steps += 1
    if step.changes.contains(where: \.isEffective) { updates += 1 }
    if step.draft.signals.isMalformed { malformed += 1 }
    step.draft.exchanges.forEach { count($0) }
    seconds += step.seconds
  }

  mutating func count(_ exchange: Exchange) {
    usage = usage + exchange.reply.usage
    retries += exchange.reply.attempts - 1
  }
}

extension Trace {
  /// Adds a step and counts it; the reading loop and the readers of trace files use it.
  public mutating func append(_ step: Step, keeping: Reader.Keeping = .everyStep) {
    if keeping == .lastStep { steps.removeAll(keepingCapacity: true) }
    steps.append(step)
    tally.count(step)
  }

  /// Ends the trace with an answer.
  ///
  /// - Parameter seconds: wall time of recall and answer.
  public mutating func close(with answer: Answer, after seconds: Double = 0) {
    self.answer = answer
    tally.seconds += seconds
    answer.recalls.forEach { tally.count($0) }
    tally.count(answer.exchange)
  }

  /// The recollection for the answer as text; nil without an answer or without text.
  public var recollection: String? { answer?.recollection }

  /// Every exchange with the policy, in the order of the calls.
  public var exchanges: [Exchange] {
    steps.flatMap(\.draft.exchanges) + (answer.map { $0.recalls + [$0.exchange] } ?? [])
  }

  /// Ends the trace without an answer, and counts the cost of the refused calls.
  public mutating func fail(with refusal: any Refusal) {
    end = .failed(reason: refusal.description, attempts: refusal.attempts)
    tally.usage = tally.usage + refusal.spent
    tally.retries += max(0, refusal.attempts - 1)
  }
}
