/// One chunk read: what came, what would have been written, what was decided, what changed.
public struct Step: Sendable, Codable {
  public var chunk: Chunk
  public var draft: Draft
  public var decision: Decision
  public var changes: [Change]
  public var after: MemoryState
  /// Wall time of draft, gate and write. Not part of any comparison of traces.
  public var seconds: Double

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

/// What happened while one question's text was read: the truth that verifiers, analyzers, figures,
/// logs and learning look at.
public struct Trace: Sendable {
  public enum End: Sendable, Codable, Hashable {
    case reading
    /// The text ended.
    case finished
    /// The gate said exit at the last step.
    case exited
    case failed(reason: String, attempts: Int)
  }

  public var question: Question
  /// Which of several readings of the question this is, from 0.
  public var rollout: Int
  /// All steps, or only the last one where the reader was told to keep no more.
  public var steps: [Step]
  public var tally: Tally
  public var end: End
  public var answer: Answer?
  /// The id of the reading this trace shares with other questions, where a text was read once.
  public var reading: String?

  public init(of question: Question, rollout: Int = 0) {
    self.question = question
    self.rollout = rollout
    steps = []
    tally = Tally()
    end = .reading
  }

  /// Names this reading among all of a run: the question's id, with the rollout behind it where there are
  /// several.
  public var id: String { Trace.id(of: question.id, rollout: rollout) }

  public static func id(of question: Question.ID, rollout: Int) -> String {
    rollout == 0 ? question : "\(question)#\(rollout)"
  }

  /// What the memory held in the end; nil before the first step.
  public var state: MemoryState? { steps.last?.after }
  /// Where the next chunk would begin, and its index.
  public var nextOffset: Int { steps.last?.chunk.next ?? 0 }
  public var nextIndex: Int { steps.last.map { $0.chunk.index + 1 } ?? 0 }
}

/// What a reading cost and did, counted while it runs.
public struct Tally: Sendable, Codable, Hashable {
  public var steps = 0
  /// Steps that changed a slot.
  public var updates = 0
  /// Drafts whose reply did not follow its form.
  public var malformed = 0
  /// Calls that had to be made again.
  public var retries = 0
  /// Tokens of all prompts and replies, the answer's included.
  public var usage = Usage()
  public var seconds = 0.0
  /// Largest resident memory of the process by the end of the reading, where whoever ran it measured
  /// it. Like the seconds no part of any comparison of traces.
  public var residentBytes: Int?

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
  /// Adds a step, as the reading loop and whoever reads a trace back from disk do.
  public mutating func append(_ step: Step, keeping: Reader.Keeping = .everyStep) {
    if keeping == .lastStep { steps.removeAll(keepingCapacity: true) }
    steps.append(step)
    tally.count(step)
  }

  /// Ends the trace with an answer.
  public mutating func close(with answer: Answer) {
    self.answer = answer
    answer.recalls.forEach { tally.count($0) }
    tally.count(answer.exchange)
  }

  /// What the memory gave to answer from, as text; nil without an answer, or where it gave no text.
  public var recollection: String? { answer?.recollection }

  /// Every exchange with the policy, in the order of the calls.
  public var exchanges: [Exchange] {
    steps.flatMap(\.draft.exchanges) + (answer.map { $0.recalls + [$0.exchange] } ?? [])
  }

  /// Ends the trace without an answer, and counts what the refused calls cost.
  public mutating func fail(with refusal: any Refusal) {
    end = .failed(reason: refusal.description, attempts: refusal.attempts)
    tally.usage = tally.usage + refusal.spent
    tally.retries += max(0, refusal.attempts - 1)
  }
}
