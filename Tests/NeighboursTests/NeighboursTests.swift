import Neighbours
import Palimpsest
import Support
import Tensors
import Testing

private func noise(_ rows: Int, _ width: Int, seed: UInt64) -> Tensor {
  var random = SeededGenerator(seed: seed, purpose: "noise")
  return Tensor((0..<(rows * width)).map { _ in Float.random(in: -1...1, using: &random) }, shape: [rows, width])
}

/// The definition: every product, sorted.
private func plain(_ count: Int, _ keys: Tensor, _ queries: Tensor) -> [[Int]] {
  let (k, q, width) = (keys.scalars, queries.scalars, keys.shape[1])
  return (0..<queries.shape[0]).map { query in
    let scores = (0..<keys.shape[0]).map { key in
      (0..<width).reduce(0.0) { $0 + Double(k[key * width + $1]) * Double(q[query * width + $1]) }
    }
    return Array(scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(count))
  }
}

@Suite struct `Exact nearest neighbours` {
  @Test(arguments: [1, 5, 16, 17, 64, 70])
  func `are those of every product, sorted`(_ m: Int) throws {
    for (rows, width) in [(1, 1), (63, 7), (700, 24), (1500, 128)] {
      let (base, queries) = (noise(rows, width, seed: 1), noise(m, width, seed: 2))
      let found = try Keys(base).nearest(9, to: queries)
      let wanted = plain(9, base, queries)
      #expect(found.map { $0.map(\.index) } == wanted, "\(rows) keys of \(width)")
    }
  }

  @Test(arguments: Keys.Format.allCases)
  func `are exact for the keys as they are stored`(_ format: Keys.Format) throws {
    let base = noise(900, 96, seed: 3), queries = noise(20, 96, seed: 4)
    let stored: Tensor =
      switch format {
      case .float32: base
      case .bfloat16: StoredMatrix(base).rounded().tensor()
      case .int8: StoredMatrix(base).quantised(group: 128).tensor()
      }
    let keys = try Keys(base, as: format)
    #expect(try keys.nearest(12, to: queries).map { $0.map(\.index) } == plain(12, stored, queries))
    #expect(keys.bytes == [.float32: 900 * 96 * 4, .bfloat16: 900 * 96 * 2, .int8: 900 * (128 + 4)][format])
  }

  @Test func `of equal scores are listed by index, also where there are more than enough`() throws {
    let same = Tensor(repeating: 0.5, shape: [3000, 8])
    let queries = Tensor(repeating: 1, shape: [20, 8])
    for m in [1, 20] {
      let found = try Keys(same).nearest(5, to: queries.rows(0..<m))
      #expect(found == Array(repeating: (0..<5).map { Neighbour(index: $0, score: 4) }, count: m))
    }
  }

  @Test func `do not depend on threads, kernels, or the part that is searched`() throws {
    let base = noise(5000, 32, seed: 5), queries = noise(40, 32, seed: 6)
    let keys = try Keys(base)
    let (threads, kernels) = (Threads.count, ProductKernels.active)
    defer { (Threads.count, ProductKernels.active) = (threads, kernels) }
    let wanted = plain(7, base, queries)
    for count in [1, 3] {
      Threads.count = count
      for kernel in ProductKernels.available {
        ProductKernels.active = kernel
        #expect(try keys.nearest(7, to: queries).map { $0.map(\.index) } == wanted, "\(count) threads, \(kernel)")
      }
    }
    let part = try keys.nearest(7, to: queries, in: 1000..<2000)
    let shifted = plain(7, base.rows(1000..<2000), queries).map { $0.map { $0 + 1000 } }
    #expect(part.map { $0.map(\.index) } == shifted)
  }

  @Test func `are fewer where there are fewer keys, and none where nothing is asked`() throws {
    let keys = try Keys(noise(3, 4, seed: 7))
    #expect(try keys.nearest(9, to: noise(2, 4, seed: 8)).map(\.count) == [3, 3])
    #expect(try keys.nearest(0, to: noise(2, 4, seed: 8)) == [[], []])
    #expect(try keys.nearest(9, to: noise(2, 4, seed: 8), in: 1..<1) == [[], []])
    #expect(try keys.nearest(9, to: Tensor(zeros: [0, 4])).isEmpty)
    #expect(try Keys(Tensor(zeros: [0, 4])).nearest(2, to: noise(2, 4, seed: 8)) == [[], []])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func `are not sought among what is no number`(_ flaw: Float)
    throws
  {
    var base = noise(40, 6, seed: 9)
    base.withMutableScalars { $0[33 * 6 + 2] = flaw }
    #expect(throws: NeighbourError.notFinite(what: "keys", row: 33)) { try Keys(base) }
    #expect(throws: NeighbourError.notFinite(what: "queries", row: 33)) {
      try Keys(noise(5, 6, seed: 1)).nearest(1, to: base)
    }
    let large = Tensor(repeating: 1e30, shape: [2, 6])
    #expect(throws: NeighbourError.tooLarge(key: 1e30, query: 1e30)) { try Keys(large).nearest(1, to: large) }
    #expect(throws: NeighbourError.shape(what: "queries", found: [2, 5], width: 6)) {
      try Keys(large).nearest(1, to: Tensor(zeros: [2, 5]))
    }
  }
}

@Suite struct `An inverted-file index` {
  /// Keys around 40 directions, as real vectors have them.
  private static func clustered(_ rows: Int, _ width: Int, seed: UInt64) -> Tensor {
    let centres = noise(40, width, seed: 99)
    return centres.gathered((0..<rows).map { $0 * 7 % 40 }) + noise(rows, width, seed: seed) * 0.4
  }

  @Test(arguments: [Keys.Format.float32, .int8])
  func `is exact with all cells, and finds most with few`(_ format: Keys.Format) throws {
    let base = Self.clustered(4000, 32, seed: 1), queries = Self.clustered(50, 32, seed: 2)
    let exact = try Keys(base, as: format).nearest(10, to: queries)
    let index = try CellIndex(base, as: format, cells: 60)
    #expect(index.count == 4000 && index.cellCount == 60)
    let all = try index.nearest(10, to: queries, probes: 60)
    #expect(all.map { $0.map(\.index) } == exact.map { $0.map(\.index) })
    let recalls = try [1, 4, 16].map {
      try CellIndex.recall(of: index.nearest(10, to: queries, probes: $0), against: exact)
    }
    #expect(recalls == recalls.sorted() && recalls[0] > 0.3 && recalls[2] > 0.95, "\(recalls)")
  }

  @Test func `is the same for the same seed, and lists equal scores by index`() throws {
    let base = Self.clustered(600, 16, seed: 3), queries = Self.clustered(5, 16, seed: 4)
    let found = try CellIndex(base, cells: 12, seed: 5).nearest(6, to: queries, probes: 3)
    #expect(try CellIndex(base, cells: 12, seed: 5).nearest(6, to: queries, probes: 3) == found)
    let same = Tensor(repeating: 1, shape: [500, 4])
    let first = try CellIndex(same, cells: 9).nearest(4, to: Tensor(repeating: 1, shape: [1, 4]))
    #expect(first.map { $0.map(\.index) } == [[0, 1, 2, 3]])
  }

  @Test func `takes over from an exact search above a stated size`() throws {
    let base = Self.clustered(900, 16, seed: 3), queries = Self.clustered(20, 16, seed: 4)
    let exact = try NearestIndex(base, exactUpTo: 900)
    let cells = try NearestIndex(base, exactUpTo: 899, probes: 6)
    #expect(try exact.nearest(5, to: queries) == Keys(base).nearest(5, to: queries))
    #expect(try cells.nearest(5, to: queries) == CellIndex(base).nearest(5, to: queries, probes: 6))
  }

  @Test func `refuses keys that are no numbers`() throws {
    var base = noise(40, 6, seed: 9)
    base.withMutableScalars { $0[3 * 6] = .nan }
    #expect(throws: NeighbourError.self) { try CellIndex(base) }
    #expect(CellIndex.recall(of: [[]], against: [[]]) == 1)
  }
}
