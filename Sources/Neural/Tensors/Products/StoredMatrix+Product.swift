import CKernels

extension StoredMatrix {
  /// The arithmetic of the left side of a product.
  public enum Activations: Sendable, Hashable {
    /// Nothing: 32-bit floats, and sums of 32-bit floats.
    case exact
    /// As the weights allow. With bf16 (`ProductKernels.avx512Dot` and `amx`): rounded to bf16, off by at most 2⁻⁸ of
    /// each. With int8 (the same kernels): to 8 bits with a scale per group, off by at most 1/254 of the largest in the
    /// group. With blocks: to 8 bits with a scale for each 32 columns; more than `fewest` rows stay `exact` on `portable`,
    /// `avx2` and `avx512`, and with `amx` they and the weights are rounded to bf16.
    ///
    /// Elsewhere, and for float32, `exact`.
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
    let weights = targets.map { $0.matrix.borrowed }
    defer { withExtendedLifetime(targets) {} }
    let arithmetic = first.arithmetic(activations, kernels, isFew: true)
    let size = withUnsafePointer(to: weights[0]) { arithmetic.size(kernels, $0, m) }
    let rounded = BufferPool.take(max(1, size))
    defer { BufferPool.give(rounded, count: max(1, size)) }
    withUnsafePointer(to: weights[0]) { arithmetic.fill(kernels, $0, x, m, 0..<m, rounded) }
    runs(of: targets.map(\.matrix), m) { index, part in
      withUnsafePointer(to: weights[index]) { weights in
        let (y, rows) = (targets[index].y, targets[index].matrix.rows)
        switch arithmetic {
        case .panels(PK_PANEL_F32):
          pk_product_rows(kernels.variant, weights, part.lowerBound, part.count, x, m, y, rows)
        case .panels(let panel): pk_product_dots(panel, weights, part.lowerBound, part.count, rounded, m, y, rows)
        case .bytes: pk_product_bytes(kernels.variant, weights, part.lowerBound, part.count, rounded, m, y, rows)
        case .tiles: pk_product_tiles(weights, part.lowerBound, part.count, rounded, m, y, rows)
        }
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
    // Kernels take up to 32 rows at a time.
    while let begin = ends.last, begin < rows {
      ends.append(begin + min(rows - begin, (max(least, (rows - begin) / 4) + 31) / 32 * 32))
    }
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
    withWeights { many($0, kernels, arithmetic(activations, kernels, isFew: false), x, m, y) }
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
    _ weights: pk_weights, _ kernels: ProductKernels, _ arithmetic: Arithmetic, _ x: UnsafePointer<Float>, _ m: Int,
    _ y: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: weights) { weights in
      let size = arithmetic.size(kernels, weights, m, isFew: false)
      let laid = BufferPool.take(size)
      defer { BufferPool.give(laid, count: size) }
      let tall = if case .panels = arithmetic { 2 * pk_panel_rows(kernels.variant) } else { 32 }
      parallel(m, grain: tall) { arithmetic.fill(kernels, weights, x, m, $0, laid, isFew: false) }
      // Each piece reads all of x: wider pieces read it less often, but leave threads less to share.
      let grain = rows <= 256 ? 32 : max(64, (rows / 28 + 31) / 32 * 32)
      parallel(rows, grain: grain) { part in
        switch arithmetic {
        case .panels(let panel):
          pk_product_panels(kernels.variant, panel, weights, part.lowerBound, part.count, laid, m, y, rows)
        case .bytes: pk_product_bytes(kernels.variant, weights, part.lowerBound, part.count, laid, m, y, rows)
        case .tiles: pk_product_tiles(weights, part.lowerBound, part.count, laid, m, y, rows)
        }
      }
    }
  }

  /// How the kernels take x.
  private enum Arithmetic {
    /// As floats, or as words of bf16 or int8 with the scales of the weights' groups.
    case panels(pk_panel)
    /// As bytes with scales of their own, for blocks.
    case bytes
    /// As bf16 in tiles.
    case tiles

    /// Floats that x takes, laid out.
    func size(
      _ kernels: ProductKernels, _ weights: UnsafePointer<pk_weights>, _ m: Int, isFew: Bool = true
    ) -> Int {
      switch self {
      case .panels(PK_PANEL_F32) where isFew: 0
      case .panels(let panel):
        isFew ? pk_dots_size(panel, weights, m) : pk_panel_size(kernels.variant, panel, weights, m)
      case .bytes: pk_bytes_size(weights, m)
      case .tiles: pk_tiles_size(weights, m)
      }
    }

    /// Lays out some rows of x.
    func fill(
      _ kernels: ProductKernels, _ weights: UnsafePointer<pk_weights>, _ x: UnsafePointer<Float>, _ m: Int,
      _ part: Range<Int>, _ laid: UnsafeMutablePointer<Float>, isFew: Bool = true
    ) {
      switch self {
      case .panels(PK_PANEL_F32) where isFew: break
      case .panels(let panel):
        if isFew {
          pk_dots_fill(panel, weights, x, m, laid)
        } else {
          pk_panel_fill(kernels.variant, panel, weights, x, part.lowerBound, part.count, laid)
        }
      case .bytes: pk_bytes_fill(kernels.variant, weights, x, part.lowerBound, part.count, laid)
      case .tiles: pk_tiles_fill(weights, x, m, part.lowerBound, part.count, laid)
      }
    }
  }

  private func arithmetic(_ activations: Activations, _ kernels: ProductKernels, isFew: Bool) -> Arithmetic {
    guard activations == .rounded else { return .panels(PK_PANEL_F32) }
    let hasDots = kernels == .avx512Dot || kernels == .amx
    switch format {
    case .bfloat16 where hasDots: return kernels == .amx ? .tiles : .panels(PK_PANEL_BF16)
    case .int8 where hasDots: return .panels(PK_PANEL_INT8)
    case .blocks(let blocks) where blocks.isMultiplied:
      // Without a dot product of bytes, floats are as fast for many rows.
      return isFew ? .bytes : kernels == .amx ? .tiles : hasDots ? .bytes : .panels(PK_PANEL_F32)
    case .float32, .bfloat16, .int8, .blocks: return .panels(PK_PANEL_F32)
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
