/// What leads from one tablet to another: what a log has to write of a step, however large the
/// tablet is.
///
/// Law: `old.applying(new.difference(from: old)) == new`, for any two tablets.
public struct TabletDifference: Sendable, Hashable {
  public struct Put: Sendable, Hashable {
    /// Where the slot stands in the new tablet.
    public var position: Int
    public var slot: Slot

    public init(position: Int, slot: Slot) {
      self.position = position
      self.slot = slot
    }
  }

  /// Present when the new tablet is described from nothing.
  public var budget: Budget?
  public var dropped: [Slot.ID] = []
  /// Slots that are new or another, by position.
  public var put: [Put] = []
  /// When slots were last written or touched, where that changed.
  public var uses: [Slot.ID: Int] = [:]
  public var clock: Int?
  public var freshID: Int?
  public var carry: [String: Double] = [:]
  public var uncarried: [String] = []

  public init() {}

  public var isEmpty: Bool { self == TabletDifference() }
}

extension Tablet {
  /// What leads from an older tablet to this one; from nothing when there is none, or when its
  /// budget was another.
  public func difference(from old: Tablet?) -> TabletDifference {
    var difference = TabletDifference()
    if old?.budget != budget { difference.budget = budget }
    let old = old.flatMap { $0.budget == budget ? $0 : nil } ?? Tablet(budget: budget)

    if slots != old.slots {
      let mine = Set(slots.map(\.id))
      var held: [Slot.ID: Slot] = [:]
      let common = old.slots.filter { mine.contains($0.id) }
      for slot in common { held[slot.id] = slot }
      if common.map(\.id) == slots.lazy.map(\.id).filter({ held[$0] != nil }) {
        difference.dropped = old.slots.map(\.id).filter { !mine.contains($0) }
      } else {
        // The order changed: say all of it again.
        difference.dropped = old.slots.map(\.id)
        held = [:]
      }
      difference.put = slots.indices.compactMap { position in
        held[slots[position].id] == slots[position] ? nil : .init(position: position, slot: slots[position])
      }
    }
    if uses != old.uses { difference.uses = uses.filter { old.uses[$0.key] != $0.value } }
    if clock != old.clock { difference.clock = clock }
    if freshID != old.freshID { difference.freshID = freshID }
    if carry != old.carry {
      difference.carry = carry.filter { old.carry[$0.key]?.bitPattern != $0.value.bitPattern }
      difference.uncarried = old.carry.keys.filter { carry[$0] == nil }.sorted()
    }
    return difference
  }

  /// The tablet a difference leads to.
  ///
  /// - Throws: `TabletFlaw` where what comes out cannot be a tablet; foreign files never trap.
  public static func applying(_ difference: TabletDifference, to old: Tablet?) throws(TabletFlaw) -> Tablet {
    guard let budget = difference.budget ?? old?.budget else { throw TabletFlaw("no budget is given") }
    guard budget.tokens >= 0, budget.slots >= 0 else {
      throw TabletFlaw("the budget is \(budget.tokens) tokens and \(budget.slots) slots")
    }
    var tablet = difference.budget == nil ? old ?? Tablet(budget: budget) : Tablet(budget: budget)
    let dropped = Set(difference.dropped)
    if !dropped.isEmpty {
      tablet.slots.removeAll { dropped.contains($0.id) }
      for id in dropped { tablet.uses[id] = nil }
    }
    for put in difference.put {
      if let index = tablet.slots.firstIndex(where: { $0.id == put.slot.id }) {
        tablet.slots[index] = put.slot
      } else {
        guard tablet.slots.indices.contains(put.position) || put.position == tablet.slots.count else {
          throw TabletFlaw("slot \(put.slot.id) is put at \(put.position) of \(tablet.slots.count)")
        }
        tablet.slots.insert(put.slot, at: put.position)
      }
    }
    if !difference.uses.isEmpty {
      let held = Set(tablet.slots.map(\.id))
      tablet.uses.merge(difference.uses.filter { held.contains($0.key) }) { $1 }
    }
    tablet.clock = difference.clock ?? tablet.clock
    tablet.freshID = difference.freshID ?? tablet.freshID
    for key in difference.uncarried { tablet.carry[key] = nil }
    tablet.carry.merge(difference.carry) { $1 }
    if let flaw = tablet.flaw { throw flaw }
    return tablet
  }
}

/// Why something cannot be a tablet.
public struct TabletFlaw: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

extension Tablet {
  /// What is wrong with a tablet that came from outside; nil when nothing is.
  var flaw: TabletFlaw? {
    guard budget.tokens >= 0, budget.slots >= 0 else {
      return TabletFlaw("the budget is \(budget.tokens) tokens and \(budget.slots) slots")
    }
    guard Set(slots.map(\.id)).count == slots.count else { return TabletFlaw("two slots share an id") }
    var room = budget.tokens
    for slot in slots {
      guard slot.id >= 0, slot.tokens >= 0, slot.tokens <= room else {
        return TabletFlaw("slot \(slot.id) does not fit the budget of \(budget.tokens) tokens")
      }
      room -= slot.tokens
    }
    guard slots.count <= budget.slots else {
      return TabletFlaw("\(slots.count) slots do not fit the budget of \(budget.slots)")
    }
    // A count that could run over while the reading goes on.
    let limit = Int.max / 2
    guard (0..<limit).contains(clock), (0..<limit).contains(freshID), slots.allSatisfy({ $0.id < freshID }) else {
      return TabletFlaw("the clock is \(clock) and the next id \(freshID), for \(slots.count) slots")
    }
    return nil
  }
}
