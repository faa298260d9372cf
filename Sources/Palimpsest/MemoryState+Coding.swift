extension MemoryState: Codable {
  private enum Key: CodingKey { case budget, slots, policyState, uses, clock, freshID }

  /// - Throws: `DecodingError.dataCorrupted` for what no memory state can be; foreign files never trap.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    budget = try values.decode(Budget.self, forKey: .budget)
    slots = try values.decode([Slot].self, forKey: .slots)
    policyState = try values.decodeIfPresent(PolicyState.self, forKey: .policyState)
    uses = try values.decodeIfPresent([Int: Int].self, forKey: .uses) ?? [:]
    clock = try values.decodeIfPresent(Int.self, forKey: .clock) ?? 0
    let past = slots.map(\.id).max() ?? -1
    guard past < Int.max else { throw Self.corrupted("a slot has the id \(past)", decoder) }
    freshID = max(try values.decodeIfPresent(Int.self, forKey: .freshID) ?? 0, past + 1)

    if let flaw { throw Self.corrupted(flaw.description, decoder) }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(budget, forKey: .budget)
    try values.encode(slots, forKey: .slots)
    try values.encodeIfPresent(policyState, forKey: .policyState)
    try values.encode(uses, forKey: .uses)
    try values.encode(clock, forKey: .clock)
    try values.encode(freshID, forKey: .freshID)
  }

  private static func corrupted(_ reason: String, _ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
  }
}
