import Palimpsest
import Tensors

/// Matrices of every format, and what is put to them.
struct Example: Sendable {
  var format: StoredMatrix.Format
  var rows: Int
  var columns: Int
  var m: Int

  var name: String { "\(format), \(m) rows times [\(rows), \(columns)]" }

  static let formats: [StoredMatrix.Format] = [.float32, .bfloat16, .int8(group: 128), .int8(group: 64)]

  /// Sizes below, at and above vectors, runs, panels, parts and groups.
  static let all: [Example] = formats.flatMap { format in
    [(1, 1), (3, 7), (33, 16), (70, 130), (32, 896), (45, 1100), (97, 2200)].flatMap { rows, columns in
      [1, 2, 3, 5, 7, 8, 11, 16, 17, 29].map { Example(format: format, rows: rows, columns: columns, m: $0) }
    }
  }

  var x: Tensor { Self.numbers(m, columns, seed: 1) }
  var matrix: StoredMatrix { Self.stored(Self.numbers(rows, columns, seed: 2), as: format) }

  static func stored(_ tensor: Tensor, as format: StoredMatrix.Format) -> StoredMatrix {
    switch format {
    case .float32: StoredMatrix(tensor)
    case .bfloat16: StoredMatrix(tensor).rounded()
    case .int8(let group): StoredMatrix(tensor).quantised(group: group)
    case .blocks: preconditionFailure("blocks are read from files, and not made")
    }
  }

  static func numbers(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed, step: rows * 10_000 + columns, purpose: "numbers")
    return Tensor(
      (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) }, shape: [rows, columns])
  }
}

extension StoredMatrix {
  func times(_ x: Tensor, _ activations: Activations = .exact, with kernels: ProductKernels = .active) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.shape[0] * rows) { y, count in
      y.initialize(repeating: .nan)
      x.withScalars {
        multiply($0.baseAddress!, rows: x.shape[0], into: y.baseAddress!, activations: activations, with: kernels)
      }
      count = x.shape[0] * rows
    }
  }
}
