import Tensors
import Testing

/// Where the processor lacks the instructions these are the exact products, and the bounds hold all the more.
@Suite struct `A product with rounded activations` {
  static let examples = Example.all

  /// Rounding x to bf16 moves each term by at most 2⁻⁸ of itself; the sums round once for each pair.
  @Test(arguments: ProductKernels.available)
  func `of bf16 is within its bound`(_ kernels: ProductKernels) {
    for example in Self.examples where example.format == .bfloat16 {
      let (x, w) = (example.x, example.matrix)
      let (sums, magnitudes) = w.plainProduct(x)
      for (index, y) in w.times(x, .rounded, with: kernels).enumerated() {
        let bound = (0x1p-8 + Double(w.columns + 8) * 0x1p-23) * magnitudes[index]
        #expect(abs(Double(y) - sums[index]) <= bound, "\(example.name) at \(index)")
      }
    }
  }

  /// Rounding x to bf16 first, in the open, leaves only the order of float32 sums.
  @Test func `of bf16 rounds to the nearest`() {
    for example in Self.examples where example.format == .bfloat16 {
      let w = example.matrix
      let x = StoredMatrix(example.x).rounded().tensor()
      let (sums, magnitudes) = w.plainProduct(x)
      guard [.avx512Dot, .amx].contains(ProductKernels.active) else { continue }
      for (index, y) in w.times(example.x, .rounded).enumerated() {
        #expect(abs(Double(y) - sums[index]) <= Double(w.columns + 8) * 0x1p-23 * magnitudes[index])
      }
    }
  }

  /// Each x is off by at most half a step, 1/254 of the largest in its group, and meets its weight.
  @Test func `of bytes is within its bound`() {
    for example in Self.examples {
      guard case .int8(let group) = example.format else { continue }
      let (x, w) = (example.x, example.matrix)
      let (sums, magnitudes) = w.plainProduct(x)
      let (weights, scalars, columns) = (w.tensor().scalars, x.scalars, w.columns)
      for (index, y) in w.times(x, .rounded).enumerated() {
        let (i, j) = (index / w.rows, index % w.rows)
        var bound = Double(columns + 8) * 0x1p-23 * magnitudes[index]
        for start in stride(from: 0, to: columns, by: group) {
          let part = start..<min(columns, start + group)
          let largest = part.map { abs(scalars[i * columns + $0]) }.max()!
          let weight = part.reduce(0) { $0 + abs(Double(weights[j * columns + $1])) }
          bound += 1.0001 * Double(largest) / 254 * weight
        }
        #expect(abs(Double(y) - sums[index]) <= bound, "\(example.name) at \(index)")
      }
    }
  }

  @Test(arguments: [StoredMatrix.Format.bfloat16, .int8(group: 64)])
  func `says so where a number is not finite`(_ format: StoredMatrix.Format) {
    let w = Example(format: format, rows: 40, columns: 200, m: 1).matrix
    for bad in [Float.nan, .infinity] {
      for m in [5, 20] {
        var x = Example.numbers(m, 200, seed: 6)
        let clean = w.times(x, .rounded)
        x[3, 150] = bad
        let y = w.times(x, .rounded)
        for index in y.indices {
          if index / 40 == 3 { #expect(!y[index].isFinite) } else { #expect(y[index] == clean[index]) }
        }
      }
    }
  }
}
