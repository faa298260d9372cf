/// The merges of a vocabulary: which two neighbouring tokens become which, and in which order.
///
/// Open addressing over pairs of ids, kept behind a pointer because the inner loop of every encoding
/// asks it; written once, before it is shared.
final class MergeTable: @unchecked Sendable {  // nothing is written after `init`
  private struct Entry {
    var pair: UInt64
    /// Rank in the upper half, merged id in the lower.
    var value: UInt64
  }

  /// What `value` says of a pair that never merges; greater than every rank.
  static let none = UInt64.max

  private let entries: UnsafeMutablePointer<Entry>
  private let mask: Int
  private let seed = Mixing.seed
  let count: Int

  struct Merge {
    var left: UInt32
    var right: UInt32
    var merged: UInt32
  }

  /// - Parameter merges: the earliest first; no pair twice.
  init(_ merges: [Merge]) {
    var capacity = 16
    while capacity < merges.count * 2 { capacity *= 2 }
    mask = capacity - 1
    count = merges.count
    entries = .allocate(capacity: capacity)
    entries.initialize(repeating: Entry(pair: .max, value: Self.none), count: capacity)
    for (rank, merge) in merges.enumerated() {
      let pair = UInt64(merge.left) << 32 | UInt64(merge.right)
      var place = hash(pair) & mask
      while entries[place].pair != .max { place = (place + 1) & mask }
      entries[place] = Entry(pair: pair, value: UInt64(rank) << 32 | UInt64(merge.merged))
    }
  }

  deinit { entries.deallocate() }

  /// Rank in the upper half and merged id in the lower; `none` for a pair that never merges.
  @inline(__always)
  func value(_ left: UInt32, _ right: UInt32) -> UInt64 {
    let pair = UInt64(left) << 32 | UInt64(right)
    var place = hash(pair) & mask
    while true {
      let entry = entries[place]
      if entry.pair == pair { return entry.value }
      if entry.pair == .max { return Self.none }
      place = (place + 1) & mask
    }
  }

  @inline(__always)
  private func hash(_ pair: UInt64) -> Int { Int(truncatingIfNeeded: Mixing.fold(pair ^ seed)) }
}
