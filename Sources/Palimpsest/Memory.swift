/// A bounded state that reads. Two questions and one verb.
///
/// Reading a chunk has two halves. `draft` may call the policy and changes nothing; `write`
/// changes the memory state and calls nothing. Between the two stands the gate.
///
/// Laws, checked over every variant: the budget holds after every write · draft and recall change
/// nothing · strength 0 leaves every slot as it is · a copy is independent · all state is the
/// memory state, so a reading that stops at any step goes on from the last memory state as if it had not.
public protocol Memory: Sendable {
  var state: MemoryState { get set }
  /// The sites its recollections use; compared with what the policy serves before the first call.
  var needs: Set<Recollection.Site> { get }
  /// What is handed back to the policy with the final question.
  var carry: [String: Double] { get }

  func draft(from chunk: Chunk, for question: Question, with policy: any Policy) async throws -> Draft
  func recall(for cue: Cue) async throws -> Recollection
  mutating func write(_ draft: Draft, strength: Float) -> [Change]
}

extension Memory {
  public var needs: Set<Recollection.Site> { [.text] }
  public var carry: [String: Double] { state.carry }

  /// Text is written whole or not at all, at strength 0.5 and above; a soft memory blends instead.
  public mutating func write(_ draft: Draft, strength: Float) -> [Change] {
    if let carry = draft.carry { state.carry = carry }
    return strength < 0.5 ? [] : state.apply(draft.edits)
  }
}

/// What a memory would write, before a gate has seen it.
public struct Draft: Sendable, Codable {
  public var edits: [Edit]
  /// The policy calls it took: training data and cost.
  public var exchanges: [Exchange]
  /// Readings a gate may use: `update`, `exit`, `malformed`, each 0...1.
  public var signals: [String: Float]
  /// Why, in words, where the policy says so.
  public var reason: String?

  public init(
    edits: [Edit] = [], exchanges: [Exchange] = [], signals: [String: Float] = [:],
    reason: String? = nil
  ) {
    self.edits = edits
    self.exchanges = exchanges
    self.signals = signals
    self.reason = reason
  }

  /// What the policy asked to be handed back at its next call: what its last reply says, unless
  /// the memory put something else in its place.
  public var carry: [String: Double]? {
    get { ownCarry ?? exchanges.last { $0.reply.carry != nil }?.reply.carry }
    set { ownCarry = newValue }
  }
  private var ownCarry: [String: Double]?
}
