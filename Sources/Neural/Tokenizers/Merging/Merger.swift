/// Applies the merges to one word: always the earliest of the merges that are possible, the leftmost
/// where it is possible more than once.
///
/// Words of everyday length are merged by looking at all pairs again and again, which is quickest for
/// them; longer ones with a heap, in n log n, so that a megabyte of one letter is not an attack.
///
/// Source: byte-pair encoding (Sennrich et al., arXiv:1508.07909).
final class Merger {
  private let merges: MergeTable
  private let symbols: Symbols

  /// The word's tokens, and for each the merge with its right neighbour.
  private var ids: UnsafeMutablePointer<UInt32>
  private var values: UnsafeMutablePointer<UInt64>
  private var capacity = Merger.usual

  /// Up to here pairs are looked through; above, the heap is as fast.
  private static let short = 64
  /// Room that is kept from word to word.
  private static let usual = 1 << 12

  init(merges: MergeTable, symbols: Symbols) {
    self.merges = merges
    self.symbols = symbols
    ids = .allocate(capacity: capacity)
    values = .allocate(capacity: capacity)
  }

  deinit {
    ids.deallocate()
    values.deallocate()
  }

  /// The tokens of a word; valid until the next one.
  func tokens(of word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt32> {
    let wanted = max(word.count, Self.usual)
    if wanted != capacity {
      ids.deallocate()
      values.deallocate()
      ids = .allocate(capacity: wanted)
      values = .allocate(capacity: wanted)
      capacity = wanted
    }
    let found = symbols.fill(ids, with: word)
    let count = found <= Self.short ? mergeShort(found) : mergeLong(found)
    return UnsafeBufferPointer(start: ids, count: count)
  }

  private func mergeShort(_ length: Int) -> Int {
    let (ids, values) = (ids, values)
    var count = length
    var place = 0
    while place + 1 < count {
      values[place] = merges.value(ids[place], ids[place + 1])
      place += 1
    }
    while count > 1 {
      var best = values[0]
      var at = 0
      var index = 1
      while index < count - 1 {
        if values[index] < best { (best, at) = (values[index], index) }
        index += 1
      }
      guard best != MergeTable.none else { break }
      ids[at] = UInt32(truncatingIfNeeded: best)
      count -= 1
      index = at + 1
      while index < count {
        ids[index] = ids[index + 1]
        values[index] = values[index + 1]
        index += 1
      }
      if at > 0 { values[at - 1] = merges.value(ids[at - 1], ids[at]) }
      if at + 1 < count { values[at] = merges.value(ids[at], ids[at + 1]) }
    }
    return count
  }

  /// The same with a heap of possible merges over a linked list; what a merge has made impossible is
  /// passed over when it comes up.
  private func mergeLong(_ length: Int) -> Int {
    precondition(length < Int(UInt32.max), "a word of \(length) bytes")
    let none = UInt32.max
    var next = (1...UInt32(length)).map { $0 }
    next[length - 1] = none
    var previous = (0..<UInt32(length)).map { $0 &- 1 }
    var heap = PairHeap()
    for place in 0..<(length - 1) {
      let value = merges.value(ids[place], ids[place + 1])
      if value != MergeTable.none { heap.add(rank: UInt32(value >> 32), place: UInt32(place)) }
    }
    heap.build()
    while let (rank, at) = heap.pop() {
      let place = Int(at)
      // A token that has become part of another has `none` here.
      guard ids[place] != none, next[place] != none else { continue }
      let right = Int(next[place])
      let value = merges.value(ids[place], ids[right])
      guard value != MergeTable.none, UInt32(value >> 32) == rank else { continue }
      ids[place] = UInt32(truncatingIfNeeded: value)
      ids[right] = none
      next[place] = next[right]
      if next[place] != none {
        previous[Int(next[place])] = at
        let value = merges.value(ids[place], ids[Int(next[place])])
        if value != MergeTable.none { heap.push(rank: UInt32(value >> 32), place: at) }
      }
      if previous[place] != none {
        let value = merges.value(ids[Int(previous[place])], ids[place])
        if value != MergeTable.none { heap.push(rank: UInt32(value >> 32), place: previous[place]) }
      }
    }
    var count = 0
    var place: UInt32 = 0
    while place != none {
      ids[count] = ids[Int(place)]
      count += 1
      place = next[Int(place)]
    }
    return count
  }
}
