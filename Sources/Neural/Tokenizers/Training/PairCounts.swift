/// How often each two tokens stand next to each other in the words of a corpus, kept up to date while
/// they are merged.
///
/// A merge touches only the words that have the pair, so that learning a vocabulary costs about as
/// much as the texts have pairs, not that times the number of merges.
struct PairCounts {
  private var words: [[UInt32]]
  private let weights: [Int]
  private var counts: [UInt64: Int] = [:]
  /// Words in which a pair stands, or has stood.
  private var places: [UInt64: Set<Int32>] = [:]
  private var heap: [Entry] = []

  struct Pair {
    var left: UInt32
    var right: UInt32
    var count: Int
  }

  /// What the heap holds may be out of date: counts only fall while an entry waits.
  private struct Entry {
    var count: Int
    var pair: UInt64

    func precedes(_ other: Entry) -> Bool { count != other.count ? count > other.count : pair < other.pair }
  }

  init(words: [(bytes: [UInt8], count: Int)], byteIDs: [UInt32]) {
    self.words = words.map { $0.bytes.map { byteIDs[Int($0)] } }
    weights = words.map(\.count)
    for (index, word) in self.words.enumerated() {
      for place in word.indices.dropLast() {
        let pair = Self.pair(word[place], word[place + 1])
        counts[pair, default: 0] += weights[index]
        places[pair, default: []].insert(Int32(index))
      }
    }
    for (pair, count) in counts { push(Entry(count: count, pair: pair)) }
  }

  private static func pair(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  /// The pair that stands most often; nil when none is left.
  mutating func mostFrequent() -> Pair? {
    while let top = pop() {
      let count = counts[top.pair] ?? 0
      if count == top.count {
        return count > 0
          ? Pair(left: UInt32(top.pair >> 32), right: UInt32(truncatingIfNeeded: top.pair), count: count) : nil
      }
      if count > 0 { push(Entry(count: count, pair: top.pair)) }
    }
    return nil
  }

  /// Makes one token of a pair wherever it stands, from left to right in each word.
  mutating func merge(_ left: UInt32, _ right: UInt32, into merged: UInt32) {
    let pair = Self.pair(left, right)
    var grown: [UInt64: Int] = [:]
    for index in (places.removeValue(forKey: pair) ?? []).sorted() {
      let (word, weight) = (words[Int(index)], weights[Int(index)])
      var result: [UInt32] = []
      result.reserveCapacity(word.count)
      var place = 0
      while place < word.count {
        guard place + 1 < word.count, word[place] == left, word[place + 1] == right else {
          result.append(word[place])
          place += 1
          continue
        }
        if let before = result.last {
          counts[Self.pair(before, left), default: 0] -= weight
          let new = Self.pair(before, merged)
          grown[new, default: 0] += weight
          places[new, default: []].insert(index)
        }
        if place + 2 < word.count {
          counts[Self.pair(right, word[place + 2]), default: 0] -= weight
          let new = Self.pair(merged, word[place + 2])
          grown[new, default: 0] += weight
          places[new, default: []].insert(index)
        }
        result.append(merged)
        place += 2
      }
      words[Int(index)] = result
    }
    counts[pair] = nil
    for (new, count) in grown {
      let total = (counts[new] ?? 0) + count
      counts[new] = total
      if total > 0 { push(Entry(count: total, pair: new)) }
    }
  }

  private mutating func push(_ entry: Entry) {
    heap.append(entry)
    var index = heap.count - 1
    while index > 0, entry.precedes(heap[(index - 1) / 2]) {
      heap[index] = heap[(index - 1) / 2]
      index = (index - 1) / 2
    }
    heap[index] = entry
  }

  private mutating func pop() -> Entry? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    var index = 0
    while 2 * index + 1 < heap.count {
      var child = 2 * index + 1
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(last) else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = last
    return top
  }
}
