extension Tablet: Codable {
  private enum Key: CodingKey { case budget, slots, carry, uses, clock, freshID }

  /// - Throws: `DecodingError.dataCorrupted` for what no tablet can be; foreign files never trap.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    budget = try values.decode(Budget.self, forKey: .budget)
    slots = try values.decode([Slot].self, forKey: .slots)
    carry = try values.decodeIfPresent([String: Double].self, forKey: .carry) ?? [:]
    uses = try values.decodeIfPresent([Int: Int].self, forKey: .uses) ?? [:]
    clock = try values.decodeIfPresent(Int.self, forKey: .clock) ?? 0
    let past = slots.map(\.id).max() ?? -1
    guard past < Int.max else { throw Self.corrupted("a slot has the id \(past)", decoder) }
    freshID = max(try values.decodeIfPresent(Int.self, forKey: .freshID) ?? 0, past + 1)

    guard budget.tokens >= 0, budget.slots >= 0 else {
      throw Self.corrupted("the budget is \(budget.tokens) tokens and \(budget.slots) slots", decoder)
    }
    guard Set(slots.map(\.id)).count == slots.count else { throw Self.corrupted("two slots share an id", decoder) }
    var room = budget.tokens
    for slot in slots {
      guard slot.id >= 0, slot.tokens >= 0, slot.tokens <= room else {
        throw Self.corrupted("slot \(slot.id) does not fit the budget of \(budget.tokens) tokens", decoder)
      }
      room -= slot.tokens
    }
    guard slots.count <= budget.slots else {
      throw Self.corrupted("\(slots.count) slots do not fit the budget of \(budget.slots)", decoder)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(budget, forKey: .budget)
    try values.encode(slots, forKey: .slots)
    try values.encode(carry, forKey: .carry)
    try values.encode(uses, forKey: .uses)
    try values.encode(clock, forKey: .clock)
    try values.encode(freshID, forKey: .freshID)
  }

  private static func corrupted(_ reason: String, _ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
  }
}
