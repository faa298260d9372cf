import Foundation
import Palimpsest

/// What an eviction rule knows of an entry.
public struct LedgerEntry: Sendable, Hashable {
  /// The slot's.
  public var id: Slot.ID
  /// Rows and bytes that leave with it.
  public var rows, bytes: Int
  /// How often it was retrieved.
  public var reads: Int
  /// How unlike the entries before it was when it was written, 0...2.
  public var surprise: Double

  /// - Parameter reads: how often it was retrieved.
  public init(id: Slot.ID, rows: Int, bytes: Int, reads: Int = 0, surprise: Double = 0) {
    (self.id, self.rows, self.bytes, self.reads, self.surprise) = (id, rows, bytes, reads, surprise)
  }
}

/// Which entries leave a full bank.
public enum EvictionRule: Sendable, Hashable {
  /// The smallest reads / (1 + age)^gamma, age in entries; of equals the oldest. With gamma 0 it is the rule that MemLong's
  /// paper describes (arXiv:2408.16967).
  case leastRetrieved(gamma: Double)
  /// The older half, what MemLong's code does.
  case keepNewestHalf
  /// The oldest.
  case fifo
  /// The least retrieved among the entries between two percentiles of age, 0 the oldest; where the band does not suffice,
  /// the oldest.
  case percentileBand(Double, Double)
  /// The smallest surprise; of equals the oldest.
  case leastSurprising
  /// None: a full bank takes nothing more.
  case none

  /// The name that settings and reasons use.
  public var name: String {
    switch self {
    case .leastRetrieved: "leastRetrieved"
    case .keepNewestHalf: "keepNewestHalf"
    case .fifo: "fifo"
    case .percentileBand: "percentileBand"
    case .leastSurprising: "leastSurprising"
    case .none: "none"
    }
  }

  /// The entries that leave, in their order.
  ///
  /// - Parameters:
  ///   - ledger: by age, the oldest first.
  ///   - rows: how many must become free.
  ///   - bytes: how many must become free.
  ///   - sparing: the newest entries leave only when no other is left: a new entry was never retrieved, and would always
  ///     be the victim.
  public func victims(
    _ ledger: [LedgerEntry], freeing rows: Int, bytes: Int = 0, sparing newest: Int = 0
  ) -> [Slot.ID] {
    guard rows > 0 || bytes > 0, self != .none else { return [] }
    let old = ledger.dropLast(min(newest, max(0, ledger.count - 1)))
    let order = order(Array(old)) + ledger.dropFirst(old.count)
    var (freedRows, freedBytes, victims) = (0, 0, [Slot.ID]())
    let least = self == .keepNewestHalf ? ledger.count / 2 : 0
    for entry in order where freedRows < rows || freedBytes < bytes || victims.count < least {
      victims.append(entry.id)
      freedRows += entry.rows
      freedBytes += entry.bytes
    }
    return victims
  }

  private func order(_ ledger: [LedgerEntry]) -> [LedgerEntry] {
    func sorted(_ places: some Sequence<Int>, by score: (Int) -> Double) -> [LedgerEntry] {
      places.map { (score($0), $0) }.sorted { $0 < $1 }.map { ledger[$0.1] }
    }
    switch self {
    case .leastRetrieved(let gamma):
      return sorted(ledger.indices) { place in
        gamma == 0
          ? Double(ledger[place].reads)
          : Double(ledger[place].reads) * pow(1 + Double(ledger.count - place), -gamma)
      }
    case .keepNewestHalf, .fifo, .none: return ledger
    case .percentileBand(let low, let high):
      let first = Int((low / 100 * Double(ledger.count)).rounded(.down))
      let last = max(first, Int((high / 100 * Double(ledger.count)).rounded(.up)))
      let band = first..<min(last, ledger.count)
      return sorted(band) { Double(ledger[$0].reads) } + ledger.indices.filter { !band.contains($0) }.map { ledger[$0] }
    case .leastSurprising: return sorted(ledger.indices) { ledger[$0].surprise }
    }
  }
}
