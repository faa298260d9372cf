import Tensors

/// One entry of a memory state.
public struct Slot: Sendable, Codable, Hashable, Identifiable {
  /// Text, vectors or attention rows.
  public enum Content: Sendable, Codable, Hashable {
    case text(String)
    /// [count, width], in place of token embeddings.
    case vectors(Tensor)
    case rows(Rows)
  }

  /// Never reused within a reading.
  public var id: Int
  /// What the slot holds.
  public var content: Content
  /// What retrieval compares, [width].
  public var key: Tensor?
  /// The tokens that the slot takes in a prompt; vectors take one token each.
  public var tokens: Int
  /// Indices of the chunks it stems from; pictures of lineage follow them.
  public var origins: [Int]
  /// Ids of slots this one refers to.
  public var links: [Int]
  /// Tags, times, strength, source, version.
  public var attributes: Attributes

  /// - Precondition: neither id nor tokens are negative.
  public init(
    id: Int, content: Content, key: Tensor? = nil, tokens: Int, origins: [Int] = [],
    links: [Int] = [], attributes: Attributes = Attributes()
  ) {
    precondition(id >= 0 && tokens >= 0, "a slot with id \(id) that costs \(tokens) tokens")
    self.id = id
    self.content = content
    self.key = key
    self.tokens = tokens
    self.origins = origins
    self.links = links
    self.attributes = attributes
  }

  /// The text; nil for vectors and rows.
  public var text: String? {
    if case .text(let text) = content { text } else { nil }
  }

  /// Bytes that the slot takes in memory.
  public var bytes: Int {
    let content =
      switch content {
      case .text(let text): text.utf8.count
      case .vectors(let vectors): vectors.bytes
      case .rows(let rows): rows.bytes
      }
    return content + (key?.bytes ?? 0) + attributes.bytes
  }
}

extension Slot {
  private enum Key: CodingKey { case id, content, key, tokens, origins, links, attributes }

  /// - Throws: `DecodingError`; slots written before there were attributes have none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    id = try values.decode(Int.self, forKey: .id)
    content = try values.decode(Content.self, forKey: .content)
    key = try values.decodeIfPresent(Tensor.self, forKey: .key)
    tokens = try values.decode(Int.self, forKey: .tokens)
    origins = try values.decode([Int].self, forKey: .origins)
    links = try values.decode([Int].self, forKey: .links)
    attributes = try values.decodeIfPresent(Attributes.self, forKey: .attributes) ?? Attributes()
  }
}

/// A proposed change of a memory state, with its reason.
public enum Edit: Sendable, Codable, Hashable {
  case write(Slot, because: String)
  case erase(Slot.ID, because: String)
  /// Marks a slot as used, which keeps it from being evicted as the least recent one.
  case touch(Slot.ID)
}

/// A change that a write made to a memory state.
public enum Change: Sendable, Codable, Hashable {
  case added(Slot)
  case replaced(old: Slot, new: Slot)
  case erased(Slot)
  /// Left because the budget was full.
  case evicted(Slot)
  /// It exceeds the whole budget alone, so it was not written.
  case refused(Slot)

  /// Whether the memory state differs afterwards.
  public var isEffective: Bool { if case .refused = self { false } else { true } }
}

/// A bounded list of slots, the only state of a memory: m_t in the papers.
///
/// The budget holds after every `apply`: slots are evicted until the rest fits, and a slot that alone
/// exceeds the budget is refused. A memory state takes room for the slots it holds, however often it
/// was written.
public struct MemoryState: Sendable, Hashable {
  /// Never changes during a reading.
  public let budget: Budget
  /// In the order in which they were first written.
  public internal(set) var slots: [Slot]
  /// What the policy asked to be handed back at the next chunk, such as counts of words: kept whatever the
  /// gate decides.
  public var policyState: PolicyState?
  /// When each slot that is held was last written or touched, by slot id.
  var uses: [Int: Int] = [:]
  var clock = 0
  /// An id no slot of this memory state has had.
  public internal(set) var freshID = 0

  /// Slots that do not fit are evicted or refused, as if they were written one by one.
  public init(budget: Budget, slots: [Slot] = []) {
    self.budget = budget
    self.slots = []
    _ = apply(slots.map { .write($0, because: "initial") })
  }

  /// The tokens that all slots take in a prompt.
  public var tokens: Int { slots.reduce(0) { $0 + $1.tokens } }

  /// What the state takes in memory: slots and the policy's own state.
  public var bytes: Int { slotBytes + (policyState?.bytes ?? 0) }

  private var slotBytes: Int { slots.reduce(0) { $0 + $1.bytes } }

  /// All text slots, joined by blank lines.
  public var text: String { slots.compactMap(\.text).joined(separator: "\n\n") }

  /// Whether every slot is text, so that `text` shows all that the memory holds. True of an empty memory.
  public var isText: Bool { slots.allSatisfy { $0.text != nil } }

  /// The slot of an id; nil where it is not held.
  public subscript(id: Slot.ID) -> Slot? { slots.first { $0.id == id } }

  /// Applies edits in order and keeps the budget after each.
  /// - Returns: every change, evictions and refusals included.
  public mutating func apply(_ edits: [Edit]) -> [Change] {
    var changes: [Change] = []
    for edit in edits {
      clock += 1
      switch edit {
      case .write(let slot, _): write(slot, &changes)
      case .erase(let id, _):
        if let index = slots.firstIndex(where: { $0.id == id }) { changes.append(.erased(remove(at: index))) }
      case .touch(let id): if self[id] != nil { uses[id] = clock }
      }
    }
    return changes
  }

  private mutating func write(_ slot: Slot, _ changes: inout [Change]) {
    guard slot.tokens <= budget.tokens, slot.bytes <= budget.bytes, budget.slots > 0 else {
      changes.append(.refused(slot))
      return
    }
    uses[slot.id] = clock
    freshID = max(freshID, slot.id + 1)
    if let index = slots.firstIndex(where: { $0.id == slot.id }) {
      changes.append(.replaced(old: slots[index], new: slot))
      slots[index] = slot
    } else {
      changes.append(.added(slot))
      slots.append(slot)
    }
    while exceedsBudget, let victim = victim(besides: slot.id) { changes.append(.evicted(remove(at: victim))) }
  }

  private var exceedsBudget: Bool {
    slots.count > budget.slots || tokens > budget.tokens || (budget.bytes < .max && slotBytes > budget.bytes)
  }

  private func victim(besides kept: Slot.ID) -> Int? {
    let others = slots.indices.filter { slots[$0].id != kept }
    return switch budget.eviction {
    case .oldest: others.first
    case .leastRecent: others.min { uses[slots[$0].id, default: 0] < uses[slots[$1].id, default: 0] }
    }
  }

  private mutating func remove(at index: Int) -> Slot {
    let slot = slots.remove(at: index)
    uses[slot.id] = nil
    return slot
  }
}
