/// The difference of two memory states: what a log writes for a step, however large the memory state
/// is.
///
/// Law: `old.applying(new.difference(from: old)) == new`, for any two memory states.
public struct MemoryStateDifference: Sendable, Hashable {
  /// A slot that is new or changed, with its place.
  public struct Put: Sendable, Hashable {
    /// Where the slot stands in the new memory state.
    public var position: Int
    /// The slot as it is in the new memory state.
    public var slot: Slot

    /// - Parameter position: an index of the new memory state's slots.
    public init(position: Int, slot: Slot) {
      self.position = position
      self.slot = slot
    }
  }

  /// Present when the new memory state is described from nothing.
  public var budget: Budget?
  /// Ids of slots that the new memory state does not hold.
  public var dropped: [Slot.ID] = []
  /// Slots that are new or another, by position.
  public var put: [Put] = []
  /// When slots were last written or touched, where that changed.
  public var uses: [Slot.ID: Int] = [:]
  /// The new count of edits, where it changed.
  public var clock: Int?
  /// The new unused id, where it changed.
  public var freshID: Int?
  /// What the policy is handed back from here on, where that changed; the inner nil is none.
  public var policyState: PolicyState??

  /// No difference.
  public init() {}

  /// Whether both memory states are equal.
  public var isEmpty: Bool { self == MemoryStateDifference() }
}

extension MemoryState {
  /// The difference from an older memory state to this one; from an empty one when there is none, or
  /// when its budget differs.
  public func difference(from old: MemoryState?) -> MemoryStateDifference {
    var difference = MemoryStateDifference()
    if old?.budget != budget { difference.budget = budget }
    let old = old.flatMap { $0.budget == budget ? $0 : nil } ?? MemoryState(budget: budget)

    if slots != old.slots {
      let mine = Set(slots.map(\.id))
      var held: [Slot.ID: Slot] = [:]
      let common = old.slots.filter { mine.contains($0.id) }
      for slot in common { held[slot.id] = slot }
      if common.map(\.id) == slots.lazy.map(\.id).filter({ held[$0] != nil }) {
        difference.dropped = old.slots.map(\.id).filter { !mine.contains($0) }
      } else {
        // The order changed: all slots are written again.
        difference.dropped = old.slots.map(\.id)
        held = [:]
      }
      difference.put = slots.indices.compactMap { position in
        held[slots[position].id] == slots[position] ? nil : .init(position: position, slot: slots[position])
      }
    }
    // A dropped slot takes its use along, also where it is put again.
    let dropped = Set(difference.dropped)
    difference.uses = uses.filter { dropped.contains($0.key) || old.uses[$0.key] != $0.value }
    if clock != old.clock { difference.clock = clock }
    if freshID != old.freshID { difference.freshID = freshID }
    if policyState != old.policyState { difference.policyState = .some(policyState) }
    return difference
  }

  /// The memory state that results from a difference.
  ///
  /// - Throws: `MemoryStateFlaw` where the result is not a valid memory state; foreign files never trap.
  public static func applying(_ difference: MemoryStateDifference, to old: MemoryState?) throws(MemoryStateFlaw)
    -> MemoryState
  {
    guard let budget = difference.budget ?? old?.budget else { throw MemoryStateFlaw("no budget is given") }
    guard !budget.isNegative else { throw MemoryStateFlaw("the budget is \(budget)") }
    var state = difference.budget == nil ? old ?? MemoryState(budget: budget) : MemoryState(budget: budget)
    let dropped = Set(difference.dropped)
    if !dropped.isEmpty {
      state.slots.removeAll { dropped.contains($0.id) }
      for id in dropped { state.uses[id] = nil }
    }
    for put in difference.put {
      if let index = state.slots.firstIndex(where: { $0.id == put.slot.id }) {
        state.slots[index] = put.slot
      } else {
        guard state.slots.indices.contains(put.position) || put.position == state.slots.count else {
          throw MemoryStateFlaw("slot \(put.slot.id) is put at \(put.position) of \(state.slots.count)")
        }
        state.slots.insert(put.slot, at: put.position)
      }
    }
    if !difference.uses.isEmpty {
      let held = Set(state.slots.map(\.id))
      state.uses.merge(difference.uses.filter { held.contains($0.key) }) { $1 }
    }
    state.clock = difference.clock ?? state.clock
    state.freshID = difference.freshID ?? state.freshID
    if let policyState = difference.policyState { state.policyState = policyState }
    if let flaw = state.flaw { throw flaw }
    return state
  }
}

/// The reason why a value is not a valid memory state.
public struct MemoryStateFlaw: Failure, Equatable {
  /// Always the user's fault: the file is wrong.
  public var exitClass: ExitClass { .usage }

  /// What is wrong, with the numbers that do not fit.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension MemoryState {
  /// The fault of a memory state from outside; nil when it is valid.
  var flaw: MemoryStateFlaw? {
    guard !budget.isNegative else { return MemoryStateFlaw("the budget is \(budget)") }
    guard Set(slots.map(\.id)).count == slots.count else { return MemoryStateFlaw("two slots share an id") }
    var room = budget.tokens
    for slot in slots {
      guard slot.id >= 0, slot.tokens >= 0, slot.tokens <= room else {
        return MemoryStateFlaw("slot \(slot.id) does not fit the budget of \(budget.tokens) tokens")
      }
      room -= slot.tokens
    }
    guard slots.count <= budget.slots else {
      return MemoryStateFlaw("\(slots.count) slots do not fit the budget of \(budget.slots)")
    }
    let bytes = slots.reduce(0) { $0 + $1.bytes }
    guard bytes <= budget.bytes else {
      return MemoryStateFlaw("slots of \(bytes) bytes do not fit the budget of \(budget.bytes)")
    }
    // A count that could overflow during the reading.
    let limit = Int.max / 2
    guard (0..<limit).contains(clock), (0..<limit).contains(freshID), slots.allSatisfy({ $0.id < freshID }) else {
      return MemoryStateFlaw("the clock is \(clock) and the next id \(freshID), for \(slots.count) slots")
    }
    return nil
  }
}
