import Palimpsest

/// The address of a tensor: question, step and name.
///
/// Names are paths too, by convention: `scores` and `hidden/3` for captures of a reply, `slot/7` for the
/// vectors of a slot, `slot/7/key`, `slot/7/keys`, `slot/7/values`, `signal/update` for a signal of a
/// draft.
public struct TensorPath: Sendable, Hashable, CustomStringConvertible {
  /// Id of the question.
  public var question: Question.ID
  /// Index of the chunk.
  public var step: Int
  /// A path within the step, such as `slot/7/key`.
  public var name: String

  /// Nothing is checked; a long name is stored as its beginning and a fingerprint.
  public init(_ question: Question.ID, step: Int, _ name: String) {
    self.question = question
    self.step = step
    self.name = name
  }

  /// `/question/step/name`
  public var description: String { "/\(question)/\(step)/\(name)" }
}

/// The numbers recorded for each step.
public struct StepReading: Sendable, Hashable {
  /// Id of the question.
  public var question: Question.ID
  /// Index of the chunk.
  public var step: Int
  /// UTF-8 offsets of the chunk.
  public var range: Range<Int>
  /// Strength of the gate.
  public var write: Float
  /// Whether the gate ended the reading after this step.
  public var exit: Bool
  /// Whether the chunk touches evidence; nil where the evidence is unknown.
  public var isEvidence: Bool?
  /// Whether the reply broke its form.
  public var isMalformed: Bool
  /// Tokens, bytes and slots of the memory state after the step.
  public var tokens, bytes, slots: Int
  /// The number of changes of the step.
  public var changes: Int
  /// Wall seconds of draft, gate and write.
  public var seconds: Double
}

extension StepReading {
  init(_ step: Step, of question: Question) {
    self.init(
      question: question.id, step: step.chunk.index, range: step.chunk.range, write: step.decision.write,
      exit: step.decision.exit,
      isEvidence: question.evidence.isEmpty ? nil : question.isEvidence(step.chunk.range),
      isMalformed: step.draft.signals.isMalformed, tokens: step.after.tokens,
      bytes: step.after.bytes, slots: step.after.slots.count,
      changes: step.changes.count(where: \.isEffective), seconds: step.seconds)
  }

  func pack(question index: Int, into rows: inout Packing) {
    rows.add(index)
    rows.add(step)
    rows.add(range.lowerBound)
    rows.add(range.upperBound)
    rows.add(write)
    rows.add(byte: exit ? 1 : 0)
    rows.add(byte: isEvidence.map { $0 ? 1 : 0 } ?? -1)
    rows.add(byte: isMalformed ? 1 : 0)
    rows.add(tokens)
    rows.add(bytes)
    rows.add(slots)
    rows.add(changes)
    rows.add(seconds)
  }

  /// - Returns: nil for a row that no writer can have made.
  init?(_ row: inout Unpacking, questions: [String]) {
    let index = row.int()
    let step = row.int()
    let (begin, end) = (row.int(), row.int())
    let write = row.float()
    let (exit, evidence, malformed) = (row.byte(), row.byte(), row.byte())
    let (tokens, bytes, slots, changes) = (row.int(), row.int(), row.int(), row.int())
    let seconds = row.double()
    guard questions.indices.contains(index), step >= 0, begin <= end else { return nil }
    self.init(
      question: questions[index], step: step, range: begin..<end, write: write, exit: exit != 0,
      isEvidence: evidence < 0 ? nil : evidence != 0, isMalformed: malformed != 0, tokens: tokens, bytes: bytes,
      slots: slots, changes: changes, seconds: seconds)
  }
}
