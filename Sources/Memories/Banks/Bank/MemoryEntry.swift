import Palimpsest

/// One entry of a memory bank: its content, its place in time, its relations and its use.
///
/// An entry is bitemporal. `content.validFrom` and `validUntil` say when the text is true in the world;
/// `recordedAt` and `retiredAt` say when the bank believed it. A revised entry keeps its id; what it said before
/// becomes an entry of its own with `pastOf` set.
public struct MemoryEntry: Sendable, Codable, Hashable, Identifiable {
  /// Where an entry stands in its life. Only active ones are retrieved, unless a query asks for retired ones.
  public enum State: String, Choice { case active, merged, superseded, archived, expired }

  /// Where the content is held; a bank of text records the decision, and a memory with a model can act on it.
  public enum Tier: String, Choice { case text, latent, adapter, cold }

  /// A relation to another entry.
  public struct Link: Sendable, Codable, Hashable {
    /// The relation.
    public enum Kind: String, Choice { case related, supports, contradicts, supersedes, partOf, parent }

    public var kind: Kind
    /// Never dangles: a link leaves with its target.
    public var target: MemoryEntry.ID
    /// The strength of the relation, 0...1.
    public var weight: Double

    /// - Parameter weight: 0...1.
    public init(_ kind: Kind, to target: MemoryEntry.ID, weight: Double = 1) {
      self.kind = kind
      self.target = target
      self.weight = weight
    }
  }

  /// How often an entry served.
  public struct Usage: Sendable, Codable, Hashable {
    public var accesses = 0
    /// S of the forgetting curve: 1 at first, 1 more at every access (MemoryBank).
    public var strength = 1.0
    public var cited = 0
    public var uncited = 0

    /// Never used.
    public init() {}
  }

  /// Never reused.
  public let id: Int
  /// 1 at first, 1 more at every revision.
  public var version: Int
  /// The entries it was merged or derived from.
  public var parents: [Int]
  /// The entry of which this is a former version; nil for the present one.
  public var pastOf: Int?
  public var content: EntryContent
  public var links: [Link]
  /// When the bank took in this version.
  public var recordedAt: Double
  /// When the bank stopped believing it; nil while it is active.
  public var retiredAt: Double?
  /// Times during which it was archived, each [from, to).
  public var gaps: [[Double]]
  public var lastAccess: Double
  public var usage: Usage
  public var state: State
  /// Never evicted for the budget.
  public var isPinned: Bool
  /// Changes by nothing but being unfrozen.
  public var isFrozen: Bool
  public var tier: Tier

  /// A new, active entry.
  init(id: Int, content: EntryContent, at time: Double, parents: [Int] = []) {
    self.id = id
    version = 1
    self.parents = parents
    self.content = content
    links = []
    recordedAt = time
    gaps = []
    lastAccess = time
    usage = Usage()
    state = .active
    isPinned = false
    isFrozen = false
    tier = .text
  }

  /// The most that the lists of an entry may hold, so that an entry fits the attributes of a slot.
  public enum Limit {
    public static let links = 32
    public static let parents = 64
    public static let gaps = 16
    public static let speakers = 16
  }

  /// Whether retrieval may return it at a time.
  public func isRetrievable(at time: Double) -> Bool {
    state == .active && content.expiresAt.map { time < $0 } ?? true
  }

  /// Whether the bank believed it at a time.
  public func wasActive(at time: Double) -> Bool {
    recordedAt <= time && retiredAt.map { time < $0 } ?? true && content.expiresAt.map { time < $0 } ?? true
      && !gaps.contains { $0[0] <= time && time < $0[1] }
  }

  /// The id under which it is known: that of the present version.
  public var known: Int { pastOf ?? id }
}
