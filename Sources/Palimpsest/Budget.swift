/// The most that a memory state may hold, and the slot that leaves when it is full.
public struct Budget: Sendable, Hashable {
  /// Which slot leaves first: the one that was written first, or the one that was not used for longest.
  public enum Eviction: String, Choice { case oldest, leastRecent }

  /// The most tokens of all slots together.
  public var tokens: Int
  /// The most slots.
  public var slots: Int
  /// The most bytes of all slots together (`Slot.bytes`): the bound of banks of vectors and rows, which cost
  /// memory and few or no tokens.
  public var bytes: Int
  /// Which slot leaves when the budget is full.
  public var eviction: Eviction

  /// - Precondition: no bound is negative.
  public init(tokens: Int, slots: Int = .max, bytes: Int = .max, eviction: Eviction = .oldest) {
    self.tokens = tokens
    self.slots = slots
    self.bytes = bytes
    self.eviction = eviction
    precondition(!isNegative, "a budget of \(self)")
  }

  /// Whether a bound is negative, which no budget can be.
  var isNegative: Bool { min(tokens, slots, bytes) < 0 }
}

extension Budget: CustomStringConvertible {
  /// The bounds that are set: `512 tokens, 8 slots, 1048576 bytes`.
  public var description: String {
    (["\(tokens) tokens"] + (slots < .max ? ["\(slots) slots"] : []) + (bytes < .max ? ["\(bytes) bytes"] : []))
      .joined(separator: ", ")
  }
}

extension Budget: Codable {
  private enum Key: CodingKey { case tokens, slots, bytes, eviction }

  /// A budget that was written before budgets counted bytes has no bound on them.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    tokens = try values.decode(Int.self, forKey: .tokens)
    slots = try values.decode(Int.self, forKey: .slots)
    bytes = try values.decodeIfPresent(Int.self, forKey: .bytes) ?? .max
    eviction = try values.decode(Eviction.self, forKey: .eviction)
  }

  /// The bounds, and which slot leaves.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(tokens, forKey: .tokens)
    try values.encode(slots, forKey: .slots)
    if bytes < .max { try values.encode(bytes, forKey: .bytes) }
    try values.encode(eviction, forKey: .eviction)
  }
}
