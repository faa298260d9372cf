import Neighbours
import Palimpsest
import Tensors

/// Searches of the nearest keys by inner product on one thread, in searches of all queries a second. Each is measured in
/// turns with what it cannot be faster than: the product alone, or reading the keys once; the share is of that.
let neighbourSuite = Suite(
  name: "neighbours", summary: "nearest keys by inner product, one thread, in searches/s",
  figures: [
    .init(name: "neighbours.flat-f32-64") { _ in try flat(.float32, name: "neighbours.flat-f32-64") },
    .init(name: "neighbours.flat-bf16-64") { _ in try flat(.bfloat16, name: "neighbours.flat-bf16-64") },
    .init(name: "neighbours.flat-int8-64") { _ in try flat(.int8, name: "neighbours.flat-int8-64") },
    .init(name: "neighbours.million-bf16-1") { _ in try million() },
    .init(name: "neighbours.cells-f32-64", several: { _ in try cells() }),
  ])

/// The same numbers as the peers': `x[i] = ((i·2654435761) mod 2³²) / 2³¹ - 1`, folded three times.
private func noise(_ rows: Int, _ width: Int, from start: Int) -> Tensor {
  Tensor(shape: [rows, width]) { to in
    for index in 0..<(rows * width) {
      var word = UInt32(truncatingIfNeeded: start + index) &* 2_654_435_761
      for _ in 0..<3 { word = (word ^ (word >> 15)) &* 2_246_822_519 }
      to[index] = Float(word ^ (word >> 13)) / 2_147_483_648 - 1
    }
  }
}

private let (count, width, queryCount, best) = (100_000, 128, 64, 16)

private func flat(_ format: Keys.Format, name: String) throws -> Measurement {
  Threads.count = 1
  let (base, queries) = (noise(count, width, from: 0), noise(queryCount, width, from: 1 << 30))
  let keys = try Keys(base, as: format)
  let matrix =
    switch format {
    case .float32: StoredMatrix(base)
    case .bfloat16: StoredMatrix(base).rounded()
    case .int8: StoredMatrix(base).quantised()
    }
  return Measurement.speed(name, of: 1, "searches/s", seconds: 2) {
    (try? keys.nearest(best, to: queries))?[0][0].index ?? 0
  } against: {
    (1, queries.product(transposed: matrix).withScalars { Int($0[0].rounded()) })
  }
}

private func million() throws -> Measurement {
  Threads.count = 1
  let queries = noise(1, width, from: 1 << 30)
  let keys = try Keys(noise(1_000_000, width, from: 0), as: .bfloat16)
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: keys.bytes, alignment: 64)
  defer { bytes.deallocate() }
  bytes.initializeMemory(as: UInt8.self, repeating: 1)
  return Measurement.speed("neighbours.million-bf16-1", of: 1, "searches/s", seconds: 3) {
    (try? keys.nearest(best, to: queries))?[0][0].index ?? 0
  } against: {
    (1, Int(truncatingIfNeeded: Capacity.read(UnsafeRawBufferPointer(bytes)) >> 8))
  }
}

/// Speed and recall of an inverted-file index over keys around a thousand directions, by the cells that are probed.
private func cells() throws -> [Measurement] {
  Threads.count = 1
  let directions = noise(1000, width, from: 1 << 28)
  let base = directions.gathered((0..<count).map { $0 % 1000 }) + noise(count, width, from: 0) * 1.6
  let queries =
    directions.gathered((0..<queryCount).map { $0 * 13 % 1000 }) + noise(queryCount, width, from: 1 << 30) * 1.6
  let exact = try Keys(base).nearest(best, to: queries)
  let index = try CellIndex(base, cells: 1024)
  return try [1, 4, 16, 64].flatMap { probes in
    let recall = CellIndex.recall(of: try index.nearest(best, to: queries, probes: probes), against: exact)
    let speed = Measurement.speed("neighbours.cells-f32-64-p\(probes)", of: 1, "searches/s", seconds: 1) {
      (try? index.nearest(best, to: queries, probes: probes))?[0].count ?? 0
    } against: {
      (1, (try? index.nearest(1, to: queries, probes: 1))?.count ?? 0)
    }
    return [
      Measurement(name: speed.name, unit: speed.unit, values: speed.values),
      Measurement(name: "neighbours.recall16-p\(probes)", unit: "of exact", values: [recall]),
    ]
  }
}
