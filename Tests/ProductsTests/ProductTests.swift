import Tensors
import Testing

@Suite struct `A product with stored weights` {
  /// The bounds stand at `StoredMatrix.multiply`: each of the sums that a result is made of rounds once a term.
  @Test(arguments: ProductKernels.available)
  func `equals the plain one within its bound`(_ kernels: ProductKernels) {
    for example in Example.all {
      let (x, w) = (example.x, example.matrix)
      let terms = example.m <= StoredMatrix.fewest ? w.columns / 16 + 8 : w.columns + 8
      let (sums, magnitudes) = w.plainProduct(x)
      for (index, y) in w.times(x, with: kernels).enumerated() {
        let bound = Double(terms) * 0x1p-24 * magnitudes[index]
        #expect(abs(Double(y) - sums[index]) <= bound, "\(example.name) at \(index)")
      }
    }
  }

  @Test(arguments: ProductKernels.available)
  func `gives the bits of the same weights as floats`(_ kernels: ProductKernels) {
    for example in Example.all where example.format != .float32 {
      let (x, w) = (example.x, example.matrix)
      #expect(w.times(x, with: kernels) == StoredMatrix(w.tensor()).times(x, with: kernels), "\(example.name)")
    }
  }

  @Test(.enabled(if: ProductKernels.available.count > 2, "needs AVX2 and AVX-512"))
  func `has the same bits with AVX2 and with AVX-512`() {
    for example in Example.all {
      let (x, w) = (example.x, example.matrix)
      let narrow = w.times(x, with: .avx2)
      for kernels in ProductKernels.available where kernels.rawValue > ProductKernels.avx2.rawValue {
        #expect(w.times(x, with: kernels) == narrow, "\(kernels.name): \(example.name)")
      }
    }
  }

  @Test(arguments: Example.formats, [StoredMatrix.Activations.exact, .rounded])
  func `gives a row the same bits alone and among few others`(
    _ format: StoredMatrix.Format, _ activations: StoredMatrix.Activations
  ) {
    for columns in [50, 896, 2200] {
      let w = Example(format: format, rows: 70, columns: columns, m: 1).matrix
      let scalars = Example.numbers(16, columns, seed: 3).scalars
      let alone = (0..<16).flatMap { row in
        w.times(Tensor(Array(scalars[(row * columns)..<((row + 1) * columns)]), shape: [1, columns]), activations)
      }
      for m in 2...16 {
        let some = w.times(Tensor(Array(scalars.prefix(m * columns)), shape: [m, columns]), activations)
        #expect(some == Array(alone.prefix(m * 70)), "\(m) rows of \(columns)")
      }
    }
  }

  @Test(arguments: Example.formats)
  func `has the same bits with one thread and with two`(_ format: StoredMatrix.Format) {
    let usual = Threads.count
    defer { Threads.count = usual }
    for m in [1, 8, 40] {
      let example = Example(format: format, rows: 1000, columns: 400, m: m)
      let (x, w) = (example.x, example.matrix)
      for activations in [StoredMatrix.Activations.exact, .rounded] {
        Threads.count = 1
        let one = w.times(x, activations)
        Threads.count = 2
        #expect(w.times(x, activations) == one, "\(m) rows, \(activations)")
      }
    }
  }

  @Test(arguments: Example.formats, [StoredMatrix.Activations.exact, .rounded])
  func `gives with several matrices what each gives alone`(
    _ format: StoredMatrix.Format, _ activations: StoredMatrix.Activations
  ) {
    let matrices = [300, 7, 2000].map { Example(format: format, rows: $0, columns: 200, m: 1).matrix }
    for m in [1, 5, 16, 17] {
      let x = Example.numbers(m, 200, seed: 5)
      #expect(
        x.products(transposed: matrices, activations: activations)
          == matrices.map { x.product(transposed: $0, activations: activations) }, "\(m) rows")
    }
  }

  @Test func `gives with matrices of several formats what each gives alone`() {
    let matrices = Example.formats.map { Example(format: $0, rows: 90, columns: 200, m: 1).matrix }
    let x = Example.numbers(3, 200, seed: 5)
    #expect(x.products(transposed: matrices) == matrices.map { x.product(transposed: $0) })
  }

  @Test func `keeps leading axes`() {
    let w = StoredMatrix(Tensor([1, 0, 0, 1, 1, 1], shape: [3, 2]))
    let x = Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2])
    #expect(x.product(transposed: w) == Tensor([1, 2, 3, 3, 4, 7, 5, 6, 11, 7, 8, 15], shape: [2, 2, 3]))
  }

  /// d(sum of y·g)/dx = g·W, which the product with the weights as a tensor gives by its own rule.
  @Test(arguments: Example.formats)
  func `lets gradients through to its left side`(_ format: StoredMatrix.Format) {
    let w = Example(format: format, rows: 1500, columns: 40, m: 1).matrix
    let x = Example.numbers(3, 40, seed: 4).tracked(), g = Example.numbers(3, 1500, seed: 5)
    let found = gradients(of: (x.product(transposed: w) * g).sum(), for: [x])[0]
    let wanted = gradients(of: (x.product(transposed: w.tensor()) * g).sum(), for: [x])[0]
    // 1e-4: float32 sums over 1500 terms below 1, in another order.
    for (a, b) in zip(found.scalars, wanted.scalars) { #expect(abs(a - b) < 1e-4) }
  }
}
