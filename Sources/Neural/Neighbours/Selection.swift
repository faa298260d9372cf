/// The best scores of each of some queries so far.
///
/// Most scores of a long list are below the k-th best so far. They are read sixty-four at a time and only compared;
/// what is above goes into a list, which is cut down to its best k when it is full.
struct Selections {
  private(set) var items: [[Neighbour]]
  private let count: Int
  private let room: Int
  /// What a score must exceed; a score that equals the k-th best of smaller indices does not enter.
  private var bars: [Float]
  /// Whether keys come by rising index.
  private let isOrdered: Bool

  /// - Parameters:
  ///   - queries: how many there are.
  ///   - count: how many neighbours each keeps.
  init(_ queries: Int, count: Int, isOrdered: Bool = true) {
    self.count = count
    self.isOrdered = isOrdered
    room = count + max(48, count)
    items = [[Neighbour]](repeating: [], count: queries)
    bars = [Float](repeating: -.infinity, count: queries)
  }

  /// Takes the scores of keys `first`, `first` + 1, … for a query, or of the keys that `ids` names.
  mutating func take(
    _ scores: UnsafePointer<Float>, _ keys: Int, from first: Int, for query: Int, ids: UnsafePointer<Int>? = nil
  ) {
    var bar = bars[query]
    var start = 0
    let raw = UnsafeRawPointer(scores)
    while start < keys {
      let end = min(keys, start + 64)
      if end - start == 64 {
        let (a, b, c, d) = (
          raw.loadUnaligned(fromByteOffset: 4 * start, as: SIMD16<Float>.self),
          raw.loadUnaligned(fromByteOffset: 4 * start + 64, as: SIMD16<Float>.self),
          raw.loadUnaligned(fromByteOffset: 4 * start + 128, as: SIMD16<Float>.self),
          raw.loadUnaligned(fromByteOffset: 4 * start + 192, as: SIMD16<Float>.self)
        )
        let bars = SIMD16<Float>(repeating: bar)
        if !any((a .> bars) .| (b .> bars) .| (c .> bars) .| (d .> bars)) {
          start = end
          continue
        }
      }
      for place in start..<end where scores[place] > bar {
        items[query].append(Neighbour(index: ids.map { $0[place] } ?? first + place, score: scores[place]))
        if items[query].count == room { bar = cut(query) }
      }
      start = end
    }
    bars[query] = bar
  }

  /// Keeps the best and returns the new bar.
  private mutating func cut(_ query: Int) -> Float {
    items[query].sort(by: Neighbour.precedes)
    items[query].removeLast(items[query].count - count)
    let least = items[query][count - 1].score
    return isOrdered ? least : least.nextDown
  }
}
