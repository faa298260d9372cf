import Palimpsest

/// Decides which entries leave a bank: when it is full, and when their time has come.
///
/// What it may not touch is settled before it is asked: pinned, frozen and core entries stay. History leaves first.
public protocol Forgetting: Sendable {
  /// Stands in settings and as the actor in the log.
  var name: String { get }

  /// How well an entry is retained at a time, 0...1; 1 where nothing fades.
  func retention(of entry: MemoryEntry, at time: Double) -> Double
  /// Active entries in the order in which they leave when the bank is full. Every entry is in it once.
  func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID]
  /// What fades by itself after a write, without the bank being full.
  func fading(in bank: Bank, at time: Double, _ random: inout SeededGenerator) -> [BankOperation]
}

extension Forgetting {
  public func retention(of entry: MemoryEntry, at time: Double) -> Double { 1 }
  public func fading(in bank: Bank, at time: Double, _ random: inout SeededGenerator) -> [BankOperation] { [] }
}

/// The entry that was recorded first leaves first.
public struct OldestFirst: Forgetting {
  public let name = "fifo"

  /// There is nothing to set.
  public init() {}

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { $0.recordedAt }
  }
}

extension [MemoryEntry] {
  /// Ids by a rising measure, then by id.
  func ordered(by measure: (MemoryEntry) -> Double) -> [MemoryEntry.ID] {
    map { (measure($0), $0.id) }.sorted { $0 < $1 }.map(\.1)
  }
}
