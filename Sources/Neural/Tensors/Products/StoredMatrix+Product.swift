import CKernels

extension StoredMatrix {
  /// The arithmetic of the left side of a product.
  public enum Activations: Sendable, Hashable {
    /// Nothing: 32-bit floats, and sums of 32-bit floats.
    case exact
    /// Where the processor has the instructions (`ProductKernels.avx512Dot`): rounded to bf16 for weights in
    /// bf16 (off by at most 2⁻⁸ of each), to 8 bits with a scale per group for int8 (off by at most 1/254 of
    /// the largest in the group). Twice and four times as fast for many rows; what gains for few is batches
    /// of more than two. Elsewhere, and for float32, `exact`.
    case rounded
  }

  /// Up to so many rows are multiplied by kernels that read the weights once and at the speed of memory.
  public static let fewest = 16

  /// y = x·Wᵀ for m rows of x: [m, columns] → [m, rows].
  ///
  /// Up to `fewest` rows each result has the same bits for every m. No result depends on the number of threads.
  ///
  /// Error of `exact`, against the sum over p of |x[p]·w[p]|: at most (columns / 16 + 8)·2⁻²⁴ for few
  /// rows, and (columns + 8)·2⁻²⁴ for many.
  public func multiply(
    _ x: UnsafePointer<Float>, rows m: Int, into y: UnsafeMutablePointer<Float>, activations: Activations = .exact,
    with kernels: ProductKernels = .active
  ) {
    StoredMatrix.multiply(x, rows: m, by: [(self, y)], activations: activations, with: kernels)
  }

  /// The same for several matrices that take the same x. Few rows are multiplied by all of them in one go:
  /// threads meet once, and each reads on where a matrix ends.
  static func multiply(
    _ x: UnsafePointer<Float>, rows m: Int, by targets: [(matrix: StoredMatrix, y: UnsafeMutablePointer<Float>)],
    activations: Activations, with kernels: ProductKernels = .active
  ) {
    guard m > 0, let first = targets.first?.matrix else { return }
    guard m <= fewest, first.hasKernels, targets.allSatisfy({ $0.matrix.format == first.format }) else {
      for (matrix, y) in targets { matrix.alone(x, m, y, activations, kernels) }
      return
    }
    let panel = first.panel(activations, kernels)
    let weights = targets.map { $0.matrix.borrowed }
    defer { withExtendedLifetime(targets) {} }
    if panel == PK_PANEL_F32 {
      runs(of: targets.map(\.matrix), m) { index, part in
        withUnsafePointer(to: weights[index]) {
          pk_product_rows(
            kernels.variant, $0, part.lowerBound, part.count, x, m, targets[index].y, targets[index].matrix.rows)
        }
      }
      return
    }
    withUnsafePointer(to: weights[0]) { weights in
      let size = pk_dots_size(panel, weights, m)
      let rounded = BufferPool.take(size)
      defer { BufferPool.give(rounded, count: size) }
      pk_dots_fill(panel, weights, x, m, rounded)
      runs(of: targets.map(\.matrix), m) { index, part in
        var weights = targets[index].matrix.borrowed
        pk_product_dots(
          panel, &weights, part.lowerBound, part.count, rounded, m, targets[index].y, targets[index].matrix.rows)
      }
    }
  }

  /// Cuts the rows of matrices, one behind the other, into runs that threads take one by one: long ones first,
  /// since memory is read fastest straight on, then shorter ones, so that all are done at the same time.
  private static func runs(of matrices: [StoredMatrix], _ m: Int, _ body: (Int, Range<Int>) -> Void) {
    let rows = matrices.reduce(0) { $0 + $1.rows }
    let bytes = matrices.reduce(0) { $0 + $1.bytes }
    // Below some 5 µs of work a second thread costs more than it saves.
    let least = bytes * max(1, m / 4) <= 1 << 16 ? rows : max(1, (1 << 15) * rows / bytes)
    var ends = [0]
    while let begin = ends.last, begin < rows { ends.append(begin + min(rows - begin, max(least, (rows - begin) / 4))) }
    parallel(ends.count - 1) { piece in
      var start = 0
      for (index, matrix) in matrices.enumerated() {
        let part = (ends[piece]..<ends[piece + 1]).clamped(to: start..<(start + matrix.rows))
        if !part.isEmpty { body(index, (part.lowerBound - start)..<(part.upperBound - start)) }
        start += matrix.rows
      }
    }
  }

  private func alone(
    _ x: UnsafePointer<Float>, _ m: Int, _ y: UnsafeMutablePointer<Float>, _ activations: Activations,
    _ kernels: ProductKernels
  ) {
    guard hasKernels else { return unpacking(x, m, y, kernels) }
    guard m > Self.fewest else {
      return StoredMatrix.multiply(x, rows: m, by: [(self, y)], activations: activations, with: kernels)
    }
    withWeights { many($0, kernels.variant, panel(activations, kernels), x, m, y) }
  }

  /// Whether products read the weights in place.
  var hasKernels: Bool { if case .blocks(let blocks) = format { blocks.isMultiplied } else { true } }

  /// The product with some rows at a time, unpacked: the bits of the same weights as floats.
  private func unpacking(
    _ x: UnsafePointer<Float>, _ m: Int, _ y: UnsafeMutablePointer<Float>, _ kernels: ProductKernels
  ) {
    let run = 256
    for first in stride(from: 0, to: rows, by: run) {
      let part = first..<min(rows, first + run)
      let product = [Float](unsafeUninitializedCapacity: m * part.count) { floats, count in
        count = m * part.count
        guard let start = floats.baseAddress else { return }
        StoredMatrix(tensor(part)).multiply(x, rows: m, into: start, with: kernels)
      }
      for row in 0..<m {
        for (place, column) in part.enumerated() { y[row * rows + column] = product[row * part.count + place] }
      }
    }
  }

  private func many(
    _ weights: pk_weights, _ variant: pk_variant, _ panel: pk_panel, _ x: UnsafePointer<Float>, _ m: Int,
    _ y: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: weights) { weights in
      let size = pk_panel_size(variant, panel, weights, m)
      let panels = BufferPool.take(size)
      defer { BufferPool.give(panels, count: size) }
      parallel(m, grain: 2 * pk_panel_rows(variant)) { part in
        pk_panel_fill(variant, panel, weights, x, part.lowerBound, part.count, panels)
      }
      // Each piece reads all panels: wider pieces read them less often, but leave threads less to share.
      let grain = rows <= 256 ? 32 : max(64, (rows / 28 + 31) / 32 * 32)
      parallel(rows, grain: grain) { part in
        pk_product_panels(variant, panel, weights, part.lowerBound, part.count, panels, m, y, rows)
      }
    }
  }

  private func panel(_ activations: Activations, _ kernels: ProductKernels) -> pk_panel {
    guard activations == .rounded, kernels == .avx512Dot else { return PK_PANEL_F32 }
    switch format {
    case .float32: return PK_PANEL_F32
    case .bfloat16: return PK_PANEL_BF16
    case .int8: return PK_PANEL_INT8
    case .blocks: return PK_PANEL_F32
    }
  }
}

extension Tensor {
  /// x·Wᵀ with stored weights: […, columns] → […, rows]. Gradients flow to x alone.
  ///
  /// - Precondition: the last axis is as long as a row of the weights.
  public func product(
    transposed weights: StoredMatrix, activations: StoredMatrix.Activations = .exact
  ) -> Tensor {
    products(transposed: [weights], activations: activations)[0]
  }

  /// The products with several matrices, bit for bit as one by one: for layers that share their input. It is
  /// faster for few rows.
  ///
  /// - Precondition: the last axis is as long as a row of each.
  public func products(
    transposed weights: [StoredMatrix], activations: StoredMatrix.Activations = .exact
  ) -> [Tensor] {
    for matrix in weights {
      precondition(
        shape.last == matrix.columns,
        "x of shape \(shape) times the transpose of a stored \(matrix.rows) by \(matrix.columns)")
    }
    guard let columns = weights.first?.columns else { return [] }
    let (m, shape) = (count / columns, shape)
    let values = weights.map { Tensor(shape: shape.dropLast() + [$0.rows]) { _ in } }
    withScalars { x in
      guard let x = x.baseAddress else { return }
      StoredMatrix.multiply(
        x, rows: m, by: zip(weights, values).map { ($0, $1.storage.base) }, activations: activations)
    }
    return zip(weights, values).map { matrix, value in
      value.recorded(from: self) { matrix.backward($0.reshaped(m, matrix.rows)).reshaped(shape) }
    }
  }
}

extension StoredMatrix {
  /// dx = dy·W: [m, rows] → [m, columns]. Rows of W are widened some at a time.
  fileprivate func backward(_ gradient: Tensor) -> Tensor {
    let m = gradient.shape[0], run = 1024
    return Tensor(shape: [m, columns]) { dx in
      dx.update(repeating: 0, count: m * columns)
      for first in stride(from: 0, to: rows, by: run) {
        let part = first..<min(rows, first + run)
        let dy = Tensor(shape: [m, part.count]) { target in
          gradient.withScalars { dy in
            for row in 0..<m {
              let source = dy.baseAddress! + row * rows + first  // not empty where a row is asked for
              (target + row * part.count).update(from: source, count: part.count)
            }
          }
        }
        dy.product(tensor(part)).withScalars { pk_accumulate($0.baseAddress!, 1, dx, m * columns) }
      }
    }
  }
}
