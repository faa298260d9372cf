import Palimpsest
import Tensors

/// An inverted-file index: keys are sorted into cells around centroids, and a query searches the cells nearest to it.
///
/// What it finds has exact scores; it may miss keys of cells that it did not search. `recall` measures how often.
/// Centroids are found by k-means on directions (spherical k-means) from a seed, so the same keys give the same index.
///
/// Source: inverted files with k-means cells, Jégou, Douze and Schmid, "Product quantization for nearest neighbor
/// search", IEEE TPAMI 33(1), 2011, without the quantisation.
public struct CellIndex: Sendable {
  /// Cells that a search goes through unless it is told.
  public static let defaultProbes = 16

  private let centroids: Keys
  /// The keys in the order of their cells.
  private let keys: Keys
  /// Where each cell begins and ends in `keys`.
  private let cells: [Range<Int>]
  /// The row that each key had when it was given.
  private let ids: [Int]

  /// Keys there are.
  public var count: Int { keys.count }
  /// Cells there are.
  public var cellCount: Int { cells.count }

  /// Sorts keys into cells.
  ///
  /// - Parameters:
  ///   - tensor: [count, width].
  ///   - format: how keys are stored; centroids are 32-bit floats.
  ///   - cells: nil makes about 4·√count.
  ///   - seed: chooses the first centroids and the sample that trains them: up to 64 keys a cell.
  ///   - rounds: of k-means.
  /// - Throws: `NeighbourError` for another shape, or for a key that is not finite.
  public init(
    _ tensor: Tensor, as format: Keys.Format = .float32, cells: Int? = nil, seed: UInt64 = 1, rounds: Int = 8
  ) throws {
    guard tensor.shape.count == 2, tensor.shape[0] > 0 else {
      throw NeighbourError.shape(what: "keys", found: tensor.shape, width: nil)
    }
    let (count, width) = (tensor.shape[0], tensor.shape[1])
    _ = try tensor.withScalars { scalars in
      try scalars.baseAddress.map { try largestMagnitude($0, rows: count, width: width, of: "keys") }
    }
    let wanted = cells ?? Int((4 * Double(count).squareRoot()).rounded())
    var random = SeededGenerator(seed: seed, purpose: "cells")
    let sample = (0..<count).shuffled(using: &random).prefix(64 * max(1, min(wanted, count)))
    let directions = Self.normalised(tensor.detached.gathered(Array(sample)))
    var centroids = directions.rows(0..<max(1, min(wanted, sample.count)))
    for _ in 0..<rounds {
      let nearest = try Self.cells(of: directions, among: Keys(centroids))
      centroids = Self.means(directions, nearest, old: centroids)
    }
    self.centroids = try Keys(centroids)
    let nearest = try Self.cells(of: tensor, among: self.centroids)
    let order = (0..<count).sorted { (nearest[$0], $0) < (nearest[$1], $1) }
    ids = order
    var ranges: [Range<Int>] = []
    var start = 0
    for cell in 0..<centroids.shape[0] {
      var end = start
      while end < count, nearest[order[end]] == cell { end += 1 }
      ranges.append(start..<end)
      start = end
    }
    self.cells = ranges
    keys = try Keys(tensor.detached.gathered(order), as: format)
  }

  /// The keys with the largest inner products among those of the nearest cells, for each query.
  ///
  /// - Parameters:
  ///   - count: keys per query; fewer where the cells have fewer.
  ///   - queries: [m, width].
  ///   - probes: cells that each query searches; all of them make the search exact.
  /// - Throws: `NeighbourError` for queries of another shape, or that are not finite.
  public func nearest(
    _ count: Int, to queries: Tensor, probes: Int = CellIndex.defaultProbes
  ) throws -> [[Neighbour]] {
    precondition(probes > 0, "a search of \(probes) cells")
    let probed = try centroids.nearest(probes, to: queries)
    guard count > 0, !probed.isEmpty else { return probed.map { _ in [] } }
    // Queries of one cell are searched together.
    var askers: [Int: [Int]] = [:]
    for (query, cells) in probed.enumerated() { for cell in cells { askers[cell.index, default: []].append(query) } }
    var selections = Selections(probed.count, count: count, isOrdered: false)
    for cell in askers.keys.sorted() {
      guard let all = askers[cell], !cells[cell].isEmpty else { continue }
      for first in stride(from: 0, to: all.count, by: StoredMatrix.fewest) {
        let group = Array(all[first..<min(all.count, first + StoredMatrix.fewest)])
        search(cells[cell], group, queries.gathered(group), &selections)
      }
    }
    return selections.items.map { Array($0.sorted(by: Neighbour.precedes).prefix(count)) }
  }

  private func search(_ cell: Range<Int>, _ group: [Int], _ queries: Tensor, _ selections: inout Selections) {
    let block = Keys.block(group.count)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: group.count * block) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      queries.withScalars { scalars in
        guard let start = scalars.baseAddress else { return }
        keys.prepared(start, group.count) { prepared in
          for first in stride(from: cell.lowerBound, to: cell.upperBound, by: block) {
            let part = first..<min(cell.upperBound, first + block)
            keys.scores(of: part, prepared, scratch, stride: block)
            ids.withUnsafeBufferPointer { ids in
              guard let ids = ids.baseAddress else { return }
              for (place, query) in group.enumerated() {
                selections.take(scratch + place * block, part.count, from: first, for: query, ids: ids + first)
              }
            }
          }
        }
      }
    }
  }

  /// The share of the truly nearest keys that a search finds, over all queries: recall@count.
  ///
  /// - Parameter exact: what `Keys.nearest` finds for the same queries, of keys in the same format.
  /// - Returns: 0...1; 1 where nothing is asked.
  public static func recall(of found: [[Neighbour]], against exact: [[Neighbour]]) -> Double {
    precondition(found.count == exact.count, "\(found.count) results against \(exact.count)")
    let hits = zip(found, exact).reduce(0) { sum, pair in
      sum + Set(pair.0.map(\.index)).intersection(pair.1.map(\.index)).count
    }
    let all = exact.reduce(0) { $0 + $1.count }
    return all == 0 ? 1 : Double(hits) / Double(all)
  }

  private static func cells(of vectors: Tensor, among centroids: Keys) throws -> [Int] {
    try centroids.nearest(1, to: vectors).map { $0[0].index }
  }

  /// The directions of cells' members; a cell without one keeps its centroid.
  private static func means(_ vectors: Tensor, _ cells: [Int], old: Tensor) -> Tensor {
    let width = old.shape[1]
    var sums = old.scalars, isTaken = [Bool](repeating: false, count: old.shape[0])
    vectors.withScalars { scalars in
      for (row, cell) in cells.enumerated() {
        let to = cell * width, from = row * width
        if !isTaken[cell] { for column in 0..<width { sums[to + column] = 0 } }
        isTaken[cell] = true
        for column in 0..<width { sums[to + column] += scalars[from + column] }
      }
    }
    return normalised(Tensor(sums, shape: old.shape))
  }

  /// Rows of length 1; rows of zeros stay.
  private static func normalised(_ vectors: Tensor) -> Tensor {
    let width = vectors.shape[1]
    return Tensor(shape: vectors.shape) { to in
      vectors.withScalars { from in
        for row in 0..<vectors.shape[0] {
          var sum = 0.0
          for column in 0..<width { sum += Double(from[row * width + column]) * Double(from[row * width + column]) }
          let factor = sum > 0 ? Float(1 / sum.squareRoot()) : 0
          for column in 0..<width { to[row * width + column] = from[row * width + column] * factor }
        }
      }
    }
  }
}
