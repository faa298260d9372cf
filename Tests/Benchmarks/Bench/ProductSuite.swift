import Foundation
import Tensors

/// Products of the shapes of Qwen2.5-0.5B, on one thread and in CPU time, each in turns with what the
/// machine can do at most: reading for few rows, arithmetic for many.
///
/// Weights come from a ring of matrices larger than the caches, as in a decoder of many layers.
let productSuite = Suite(
  name: "products", summary: "x·Wᵀ with stored weights: GB of weights read or GFLOP done in a second",
  figures: shapes.flatMap(figures)
    + [1, 8, 512].flatMap { m in
      [decoding(.bfloat16, m: m), decoding(.int8(group: 128), m: m)]
        + [decoding(.bfloat16, m: m, by: .wall), decoding(.int8(group: 128), m: m, by: .wall)]
    })

private typealias Shape = (name: String, rows: Int, columns: Int)

private let shapes: [Shape] = [
  ("square", 896, 896), ("up", 4864, 896), ("down", 896, 4864), ("head", 151_936, 896), ("kv", 128, 896),
]

private func figures(of shape: Shape) -> [Suite.Figure] {
  var figures: [Suite.Figure] = []
  for (format, m) in reading { figures.append(few(shape.name, shape.rows, shape.columns, format, m: m)) }
  let blocks = blocks.filter { shape.columns.isMultiple(of: $0.length) }
  for blocks in blocks {
    for m in [1, 8] { figures.append(few(shape.name, shape.rows, shape.columns, .blocks(blocks), .rounded, m: m)) }
  }
  // Of a prompt only the last row meets the head.
  guard shape.name != "head" else { return figures }
  for (format, activations) in computing {
    figures.append(many(shape.name, shape.rows, shape.columns, format, activations))
  }
  for blocks in blocks {
    figures.append(many(shape.name, shape.rows, shape.columns, .blocks(blocks), .rounded))
  }
  return figures
}

private let reading: [(StoredMatrix.Format, Int)] = [
  (.float32, 1), (.bfloat16, 1), (.bfloat16, 8), (.int8(group: 128), 1), (.int8(group: 128), 8),
]

private let computing: [(StoredMatrix.Format, StoredMatrix.Activations)] = [
  (.float32, .exact), (.bfloat16, .exact), (.bfloat16, .rounded), (.int8(group: 128), .rounded),
]

/// Those of GGUF files that are multiplied as stored.
private let blocks = BlockFormat.allCases.filter(\.isMultiplied)

private func name(of format: StoredMatrix.Format) -> String {
  switch format {
  case .float32: "f32"
  case .bfloat16: "bf16"
  case .int8: "int8"
  case .blocks(let blocks): blocks.rawValue.lowercased()
  }
}

/// GB of weights that pass by in a second, and its share of what can be read.
private func few(
  _ label: String, _ rows: Int, _ columns: Int, _ format: StoredMatrix.Format,
  _ activations: StoredMatrix.Activations = .exact, m: Int
) -> Suite.Figure {
  let figure = "products.\(label)-\(name(of: format))\(activations == .exact ? "" : "-\(activations)")-m\(m)"
  return Suite.Figure(name: figure) { _ in
    let all = Threads.count
    defer { Threads.count = all }
    Threads.count = 1
    var ring = Ring(rows: rows, columns: columns, format: format, bytes: 192 << 20)
    let x = numbers(m, columns)
    let memory = [UInt64](repeating: 1, count: 192 << 17)
    let passes = max(1, (64 << 20) / ring.matrices[0].bytes)
    return .speed(figure, of: Double(passes * ring.matrices[0].bytes) / 1e9, "GB/s") {
      (0..<passes).reduce(0) { $0 ^ ring.multiply(x, activations) ^ $1 }
    } against: {
      let done = memory.withUnsafeBytes { Capacity.read($0) }
      return (Double(memory.count * 8) / 1e9, Int(truncatingIfNeeded: done))
    }
  }
}

/// GFLOP in a second for a prompt of 512 tokens, and its share of what the arithmetic allows.
private func many(
  _ label: String, _ rows: Int, _ columns: Int, _ format: StoredMatrix.Format, _ activations: StoredMatrix.Activations
) -> Suite.Figure {
  let figure = "products.\(label)-\(name(of: format))-\(activations)-m512"
  let arithmetic: Capacity.Arithmetic =
    switch format {
    case _ where activations == .exact: .float32
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    // With tiles, blocks are rounded to bf16.
    case .blocks: ProductKernels.active == .amx ? .bfloat16 : .int8
    }
  return Suite.Figure(name: figure) { _ in
    let all = Threads.count
    defer { Threads.count = all }
    Threads.count = 1
    var ring = Ring(rows: rows, columns: columns, format: format, bytes: 64 << 20)
    let x = numbers(512, columns)
    let operations = 2 * 512 * rows * columns
    let passes = max(1, 1_000_000_000 / operations)
    return .speed(figure, of: Double(passes * operations) / 1e9, "GFLOP/s") {
      (0..<passes).reduce(0) { $0 ^ ring.multiply(x, activations) ^ $1 }
    } against: {
      let done = Capacity.compute(arithmetic, operations: 2_000_000_000)
      return (Double(done) / 1e9, done)
    }
  }
}

/// All matrices of Qwen2.5-0.5B one after the other: tokens in a second if a decoder did nothing else. On one
/// thread in CPU time, or on all threads in time as it passes. For prompts the head multiplies one row.
private func decoding(_ format: StoredMatrix.Format, m: Int, by clock: Measurement.Clock = .cpu) -> Suite.Figure {
  let figure = "products.qwen2.5-0.5b-\(name(of: format))-m\(m)\(clock == .wall ? "-threads" : "")"
  return Suite.Figure(name: figure) { _ in
    let all = Threads.count
    defer { Threads.count = all }
    if clock == .cpu { Threads.count = 1 }
    let layer = [(896, 896), (128, 896), (128, 896), (896, 896), (4864, 896), (4864, 896), (896, 4864)]
    var rings = layer.map { Ring(rows: $0.0, columns: $0.1, format: format, count: 24) }
    var head = Ring(rows: 151_936, columns: 896, format: format, count: 1)
    let inputs = layer.map { numbers(m, $0.1) }, last = numbers(m > 16 ? 1 : m, 896)
    return await .speed(figure, of: Double(m), "tok/s", by: clock) {
      var check = 0
      for _ in 0..<24 {
        for part in rings.indices { check ^= rings[part].multiply(inputs[part], .rounded) }
      }
      return check ^ head.multiply(last, .rounded)
    }
  }
}

/// Equal matrices in different places.
private struct Ring {
  var matrices: [StoredMatrix]
  private var next = 0
  private var y: [Float] = []

  init(rows: Int, columns: Int, format: StoredMatrix.Format, bytes: Int) {
    let one = StoredMatrix.noise(rows: 1, columns: columns, format).bytes * rows
    self.init(rows: rows, columns: columns, format: format, count: max(1, bytes / one))
  }

  init(rows: Int, columns: Int, format: StoredMatrix.Format, count: Int) {
    matrices = (0..<count).map { _ in StoredMatrix.noise(rows: rows, columns: columns, format) }
  }

  /// - Returns: bits that depend on the product.
  mutating func multiply(_ x: Tensor, _ activations: StoredMatrix.Activations) -> Int {
    let matrix = matrices[next]
    next = (next + 1) % matrices.count
    let m = x.shape[0]
    if y.count < m * matrix.rows { y = [Float](repeating: 0, count: m * matrix.rows) }
    return y.withUnsafeMutableBufferPointer { y in
      guard let target = y.baseAddress else { return 0 }
      x.withScalars { x in
        if let x = x.baseAddress { matrix.multiply(x, rows: m, into: target, activations: activations) }
      }
      return Int(y[m * matrix.rows - 1].bitPattern)
    }
  }
}

extension StoredMatrix {
  fileprivate static func noise(rows: Int, columns: Int, _ format: Format) -> StoredMatrix {
    switch format {
    case .float32: StoredMatrix(numbers(rows, columns))
    case .bfloat16: StoredMatrix(numbers(rows, columns)).rounded()
    case .int8(let group): StoredMatrix(numbers(rows, columns)).quantised(group: group)
    case .blocks(let blocks): noise(rows: rows, columns: columns, blocks)
    }
  }

  /// Blocks whose weights are noise and whose scales are 1/64.
  private static func noise(rows: Int, columns: Int, _ blocks: BlockFormat) -> StoredMatrix {
    let memory = Memory(count: rows * (columns / blocks.length) * blocks.bytes)
    // Each begins with one scale in half precision, or with two.
    let scales: [UInt8] = [.q41, .q4k].contains(blocks) ? [0, 0x24, 0, 0x24] : [0, 0x24]
    for index in 0..<memory.bytes.count {
      let place = index % blocks.bytes
      memory.bytes[index] = place < scales.count ? scales[place] : UInt8(truncatingIfNeeded: (index &* 40503) >> 8)
    }
    return StoredMatrix(
      borrowing: UnsafeRawPointer(memory.bytes.baseAddress!), rows: rows, columns: columns, format: .blocks(blocks),
      owner: memory)
  }
}

/// Bytes that are written before anything reads them.
private final class Memory: @unchecked Sendable {
  let bytes: UnsafeMutableBufferPointer<UInt8>

  init(count: Int) { bytes = .allocate(capacity: count) }

  deinit { bytes.deallocate() }
}

private func numbers(_ rows: Int, _ columns: Int) -> Tensor {
  Tensor(shape: [rows, columns]) { target in
    for index in 0..<rows * columns { target[index] = Float((index &* 40503) & 0xffff) / 65536 - 0.5 }
  }
}
