import CKernels

extension StoredMatrix {
  /// What may happen to the left side of a product.
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
  /// Up to `fewest` rows each result has the same bits whatever m is. No result depends on the number of threads.
  ///
  /// Error of `exact`, against the sum over p of |x[p]·w[p]|: at most (columns / 16 + 8)·2⁻²⁴ for few
  /// rows, and (columns + 8)·2⁻²⁴ for many.
  public func multiply(
    _ x: UnsafePointer<Float>, rows m: Int, into y: UnsafeMutablePointer<Float>, activations: Activations = .exact,
    with kernels: ProductKernels = .active
  ) {
    guard m > 0 else { return }
    withWeights { weights in
      let panel = panel(activations, kernels)
      if m > Self.fewest {
        many(weights, kernels.variant, panel, x, m, y)
      } else if panel == PK_PANEL_F32 {
        few(weights, kernels.variant, x, m, y)
      } else {
        dots(weights, panel, x, m, y)
      }
    }
  }

  private func few(
    _ weights: pk_weights, _ variant: pk_variant, _ x: UnsafePointer<Float>, _ m: Int, _ y: UnsafeMutablePointer<Float>
  ) {
    pieces(work: bytes * max(1, m / 4)) { part in
      withUnsafePointer(to: weights) {
        pk_product_rows(variant, $0, part.lowerBound, part.count, x, m, y, rows)
      }
    }
  }

  private func dots(
    _ weights: pk_weights, _ panel: pk_panel, _ x: UnsafePointer<Float>, _ m: Int, _ y: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: weights) { weights in
      let size = pk_dots_size(panel, weights, m)
      let rounded = BufferPool.take(size)
      defer { BufferPool.give(rounded, count: size) }
      pk_dots_fill(panel, weights, x, m, rounded)
      pieces(work: bytes * max(1, m / 4)) { part in
        pk_product_dots(panel, weights, part.lowerBound, part.count, rounded, m, y, rows)
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
    }
  }

  /// About 64 runs of rows, each a multiple of 32; one, where a second thread would cost more than it saves.
  private func pieces(work: Int, _ body: (Range<Int>) -> Void) {
    guard work > 1 << 16 else { return body(0..<rows) }
    parallel(rows, grain: max(32, (rows / 64 + 31) / 32 * 32), body)
  }
}

extension Tensor {
  /// x·Wᵀ with stored weights: […, columns] → […, rows]. Gradients flow to x alone.
  ///
  /// - Precondition: the last axis is as long as a row of the weights.
  public func product(
    transposed weights: StoredMatrix, activations: StoredMatrix.Activations = .exact
  ) -> Tensor {
    precondition(
      shape.last == weights.columns,
      "x of shape \(shape) times the transpose of a stored \(weights.rows) by \(weights.columns)")
    let m = count / weights.columns
    let value = Tensor(shape: shape.dropLast() + [weights.rows]) { y in
      withScalars { x in
        if let x = x.baseAddress { weights.multiply(x, rows: m, into: y, activations: activations) }
      }
    }
    let shape = shape
    return value.recorded(from: self) { weights.backward($0.reshaped(m, weights.rows)).reshaped(shape) }
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
