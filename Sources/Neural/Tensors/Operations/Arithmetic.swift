import CKernels

/// Elementwise arithmetic. Both sides have the same shape, or the shape of one ends with that of the
/// other, which is then used for every row: [batch, T, d] + [d].
extension Tensor {
  /// Sums scalar by scalar; the shape of the larger side.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    if a.isRow(of: b) { return b + a }
    let value = combined(a, b, "+", pk_add, pk_add_row)
    let (ashape, bshape) = (a.shape, b.shape)
    return value.recorded(from: [a, b]) { [$0.summed(to: ashape), $0.summed(to: bshape)] }
  }

  /// Differences scalar by scalar; the shape of the larger side.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    if a.isRow(of: b) { return -b + a }
    let value = combined(a, b, "-", pk_subtract, pk_subtract_row)
    let bshape = b.shape
    return value.recorded(from: [a, b]) { [$0, $0.summed(to: bshape).scaled(by: -1)] }
  }

  /// Products scalar by scalar, not of matrices; the shape of the larger side.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    if a.isRow(of: b) { return b * a }
    let value = combined(a, b, "*", pk_multiply, pk_multiply_row)
    guard a.isTracked || b.isTracked else { return value }
    let (x, y) = (a.detached, b.detached)
    let needs = (a.isTracked, b.isTracked)
    return value.recorded(from: [a, b]) { [needs.0 ? $0 * y : nil, needs.1 ? ($0 * x).summed(to: y.shape) : nil] }
  }

  /// Quotients scalar by scalar; infinite or NaN where b is 0.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    if a.isRow(of: b) { return a * b.mapped { pk_reciprocal($0, $1, $2) }.recordedReciprocal(of: b) }
    let value = combined(a, b, "/", pk_divide, pk_divide_row)
    guard a.isTracked || b.isTracked else { return value }
    let (quotient, y) = (value, b.detached)
    let needs = (a.isTracked, b.isTracked)
    return value.recorded(from: [a, b]) { gradient in
      let da = gradient / y
      return [needs.0 ? da : nil, needs.1 ? (da * quotient).summed(to: y.shape).scaled(by: -1) : nil]
    }
  }

  /// -x, same shape.
  public static prefix func - (x: Tensor) -> Tensor { x.affine(-1, 0) }
  /// Adds a number to each scalar.
  public static func + (x: Tensor, b: Float) -> Tensor { x.affine(1, b) }
  /// Takes a number from each scalar.
  public static func - (x: Tensor, b: Float) -> Tensor { x.affine(1, -b) }
  /// Each scalar times a number.
  public static func * (x: Tensor, a: Float) -> Tensor { x.affine(a, 0) }
  /// Each scalar times a number.
  public static func * (a: Float, x: Tensor) -> Tensor { x.affine(a, 0) }
  /// Each scalar times 1/a, which may differ in the last bit from a division.
  public static func / (x: Tensor, a: Float) -> Tensor { x.affine(1 / a, 0) }

  /// a·x + b.
  private func affine(_ a: Float, _ b: Float) -> Tensor {
    mapped { pk_scale($0, a, b, $1, $2) }.recorded(from: self) { $0.scaled(by: a) }
  }

  /// a·x, untracked.
  func scaled(by a: Float) -> Tensor { detached.mapped { pk_scale($0, a, 0, $1, $2) } }

  private func recordedReciprocal(of x: Tensor) -> Tensor {
    let y = detached
    return recorded(from: x) { ($0 * y * y).scaled(by: -1) }
  }

  /// Each row of the last axis times a number of its own: [n, d] by [n], or […, d] by […].
  ///
  /// - Precondition: `factors` has one scalar per row.
  public func scaledRows(by factors: Tensor) -> Tensor {
    let (rows, columns) = rowsAndColumns
    precondition(factors.count == rows, "\(factors.count) factors for \(rows) rows of shape \(shape)")
    let value = Tensor(shape: shape) { y in
      withScalars { x in
        factors.withScalars { f in
          guard let x = x.baseAddress else { return }
          parallel(rows, grain: rowGrain(columns)) {
            for r in $0 { pk_scale(x + r * columns, f[r], 0, y + r * columns, columns) }
          }
        }
      }
    }
    guard isTracked || factors.isTracked else { return value }
    let (x, f) = (detached, factors.detached)
    let needs = (isTracked, factors.isTracked)
    return value.recorded(from: [self, factors]) { gradient in
      [needs.0 ? gradient.scaledRows(by: f) : nil, needs.1 ? (gradient * x).sums().reshaped(f.shape) : nil]
    }
  }

  /// Whether our shape is a proper end of the other's.
  private func isRow(of other: Tensor) -> Bool {
    shape.count < other.shape.count && other.shape.suffix(shape.count) == shape[...]
  }

  private typealias RowKernel = (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
  ) -> Void

  private static func combined(
    _ a: Tensor, _ b: Tensor, _ sign: String, _ plain: BinaryKernel, _ row: RowKernel
  ) -> Tensor {
    if a.shape == b.shape { return a.mapped(with: b, plain) }
    precondition(b.isRow(of: a), "shape \(a.shape) \(sign) shape \(b.shape)")
    let columns = b.count
    let rows = columns == 0 ? 0 : a.count / columns
    return Tensor(shape: a.shape) { y in
      a.withScalars { x in
        b.withScalars { b in
          guard let x = x.baseAddress, let b = b.baseAddress else { return }
          parallel(rows, grain: rowGrain(columns)) {
            row(x + $0.lowerBound * columns, b, y + $0.lowerBound * columns, $0.count, columns)
          }
        }
      }
    }
  }

  /// The gradient of a row that was used for every row: the sum over the rows.
  func summed(to end: [Int]) -> Tensor {
    guard shape != end else { return self }
    let columns = Tensor.count(of: end)
    guard columns > 0 else { return Tensor(zeros: end) }
    let rows = count / columns
    return withScalars { x in
      let x = x.baseAddress!
      return sumOverRows(rows: rows, columns: columns, width: columns, shape: end) {
        pk_sum_columns(x + $0.lowerBound * columns, $1, $0.count, columns)
      }
    }
  }

  /// self += other, in place where the scalars are not shared.
  mutating func accumulate(_ other: Tensor) {
    precondition(shape == other.shape, "adding shape \(other.shape) to shape \(shape)")
    let count = count
    withMutableScalars { y in
      let y = y.baseAddress!
      other.withScalars { x in
        let x = x.baseAddress!
        parallel(count, grain: elementGrain) { pk_accumulate(x + $0.lowerBound, 1, y + $0.lowerBound, $0.count) }
      }
    }
  }

  /// A tensor that holds nothing, for a moment in which another's scalars must not be shared.
  static let none = Tensor(zeros: [0])
}
