/// A binary heap of (rank, place), the least rank and then the least place on top.
struct PairHeap {
  private var entries: [UInt64] = []

  /// Adds without keeping the order, which `build` then restores.
  mutating func add(rank: UInt32, place: UInt32) { entries.append(UInt64(rank) << 32 | UInt64(place)) }

  mutating func build() {
    for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  mutating func push(rank: UInt32, place: UInt32) {
    let entry = UInt64(rank) << 32 | UInt64(place)
    entries.append(entry)
    entries.withUnsafeMutableBufferPointer { entries in
      var index = entries.count - 1
      while index > 0, entries[(index - 1) / 2] > entry {
        entries[index] = entries[(index - 1) / 2]
        index = (index - 1) / 2
      }
      entries[index] = entry
    }
  }

  mutating func pop() -> (rank: UInt32, place: UInt32)? {
    guard let top = entries.first, let last = entries.popLast() else { return nil }
    if !entries.isEmpty {
      entries[0] = last
      sink(0)
    }
    return (UInt32(top >> 32), UInt32(truncatingIfNeeded: top))
  }

  private mutating func sink(_ start: Int) {
    entries.withUnsafeMutableBufferPointer { entries in
      let entry = entries[start]
      var index = start
      while 2 * index + 1 < entries.count {
        var child = 2 * index + 1
        if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
        guard entries[child] < entry else { break }
        entries[index] = entries[child]
        index = child
      }
      entries[index] = entry
    }
  }
}
