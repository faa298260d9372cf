/// One of the two memories of a `StackedMemory`.
enum StackedHalf: Int, CaseIterable {
  case first, second

  /// Even ids for the first, odd ones for the second.
  func id(_ id: Slot.ID) -> Slot.ID { 2 * id + rawValue }

  /// The id within the half; nil for ids of the other half.
  func own(_ id: Slot.ID) -> Slot.ID? { id % 2 == rawValue ? id / 2 : nil }
}

extension MemoryState {
  /// Two memory states shown as one.
  init(stacking first: MemoryState, _ second: MemoryState) {
    func sum(_ a: Int, _ b: Int) -> Int {
      let (sum, overflow) = a.addingReportingOverflow(b)
      return overflow ? .max : sum
    }
    self.init(
      budget: Budget(
        tokens: sum(first.budget.tokens, second.budget.tokens), slots: sum(first.budget.slots, second.budget.slots),
        bytes: sum(first.budget.bytes, second.budget.bytes)))
    for (half, state) in [(StackedHalf.first, first), (.second, second)] {
      slots += state.slots.map { $0.stacked(half) }
      uses.merge(state.uses.map { (half.id($0.key), $0.value) }) { $1 }
      freshID = max(freshID, half.id(state.freshID))
    }
    clock = max(first.clock, second.clock)
    policyState = PolicyState(stacking: first.policyState, second.policyState)
  }

  /// One of the two again. Its clock and its fresh id may have gone ahead, at most once; its order
  /// of use is the same.
  func unstacked(_ half: StackedHalf, budget: Budget) -> MemoryState {
    var state = MemoryState(budget: budget)
    state.slots = slots.compactMap { $0.unstacked(half) }
    for (id, use) in uses { if let own = half.own(id) { state.uses[own] = use } }
    state.clock = clock
    state.freshID = half == .first ? freshID / 2 : max(freshID - 1, 0) / 2
    state.policyState = policyState?.half(half)
    return state
  }
}

extension Slot {
  func stacked(_ half: StackedHalf) -> Slot {
    var slot = self
    slot.id = half.id(id)
    slot.links = links.map(half.id)
    return slot
  }

  func unstacked(_ half: StackedHalf) -> Slot? {
    guard let own = half.own(id) else { return nil }
    var slot = self
    slot.id = own
    slot.links = links.compactMap(half.own)
    return slot
  }
}

extension Edit {
  func stacked(_ half: StackedHalf) -> Edit {
    switch self {
    case .write(let slot, let reason): .write(slot.stacked(half), because: reason)
    case .erase(let id, let reason): .erase(half.id(id), because: reason)
    case .touch(let id): .touch(half.id(id))
    }
  }

  func unstacked(_ half: StackedHalf) -> Edit? {
    switch self {
    case .write(let slot, let reason): slot.unstacked(half).map { .write($0, because: reason) }
    case .erase(let id, let reason): half.own(id).map { .erase($0, because: reason) }
    case .touch(let id): half.own(id).map { .touch($0) }
    }
  }
}

extension Change {
  func stacked(_ half: StackedHalf) -> Change {
    switch self {
    case .added(let slot): .added(slot.stacked(half))
    case .replaced(let old, let new): .replaced(old: old.stacked(half), new: new.stacked(half))
    case .erased(let slot): .erased(slot.stacked(half))
    case .evicted(let slot): .evicted(slot.stacked(half))
    case .refused(let slot): .refused(slot.stacked(half))
    }
  }
}
