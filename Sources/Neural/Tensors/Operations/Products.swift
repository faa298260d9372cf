import CBLAS
import CKernels

extension Tensor {
  /// x·Wᵀ, what a layer with weights [out, in] does: […, in] → […, out].
  ///
  /// - Precondition: `weights` is [out, in] and the last axis is `in`.
  public func product(transposed weights: Tensor) -> Tensor {
    precondition(
      weights.shape.count == 2 && shape.last == weights.shape[1],
      "x of shape \(shape) times the transpose of shape \(weights.shape)")
    let (m, k) = rowsAndColumns
    let n = weights.shape[0]
    let value = Tensor(shape: shape.dropLast() + [n]) { c in
      withScalars { a in
        weights.withScalars { b in
          Product(m: m, n: n, k: k, transposesB: true).run(a.baseAddress!, b.baseAddress!, c)
        }
      }
    }
    guard isTracked || weights.isTracked else { return value }
    let (x, w) = (detached, weights.detached)
    let needs = (isTracked, weights.isTracked)
    return value.recorded(from: [self, weights]) { gradient in
      let dy = gradient.reshaped(m, n)
      return [
        needs.0 ? dy.product(w).reshaped(x.shape) : nil,
        needs.1 ? dy.product(x.reshaped(m, k), transposes: (true, false)) : nil,
      ]
    }
  }

  /// The matrix product, [m, k]·[k, n] → [m, n], or batched: […, m, k]·[…, k, n] → […, m, n] with equal
  /// leading axes.
  ///
  /// - Parameter transposes: whether the left and the right side are read as their transposes.
  /// - Precondition: inner sizes and leading axes agree.
  public func product(_ other: Tensor, transposes: (Bool, Bool) = (false, false)) -> Tensor {
    let rank = shape.count
    precondition(
      rank >= 2 && other.shape.count == rank && shape.dropLast(2) == other.shape.dropLast(2),
      "a product of shape \(shape) and shape \(other.shape)")
    let (rows, inner) = transposes.0 ? (shape[rank - 1], shape[rank - 2]) : (shape[rank - 2], shape[rank - 1])
    let (depth, columns) =
      transposes.1
      ? (other.shape[rank - 1], other.shape[rank - 2]) : (other.shape[rank - 2], other.shape[rank - 1])
    precondition(inner == depth, "inner sizes \(inner) and \(depth) of shapes \(shape) and \(other.shape)")
    let batch = Tensor.count(of: Array(shape.dropLast(2)))
    let plan = Product(m: rows, n: columns, k: inner, transposesA: transposes.0, transposesB: transposes.1)
    let value = Tensor(shape: shape.dropLast(2) + [rows, columns]) { c in
      withScalars { a in
        other.withScalars { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          guard batch != 1 else { return plan.run(a, b, c) }
          parallel(batch) { plan.run(a + $0 * rows * inner, b + $0 * inner * columns, c + $0 * rows * columns) }
        }
      }
    }
    guard isTracked || other.isTracked else { return value }
    let (a, b) = (detached, other.detached)
    let needs = (isTracked, other.isTracked)
    return value.recorded(from: [self, other]) { g in
      // With A' and B' as read, dA' = g·B'ᵀ and dB' = A'ᵀ·g; a transposed operand takes the transpose of that.
      var (da, db): (Tensor?, Tensor?)
      if needs.0 {
        da =
          transposes.0
          ? b.product(g, transposes: (transposes.1, true)) : g.product(b, transposes: (false, !transposes.1))
      }
      if needs.1 {
        db =
          transposes.1
          ? g.product(a, transposes: (true, transposes.0)) : a.product(g, transposes: (!transposes.0, false))
      }
      return [da, db]
    }
  }

  /// The last two axes exchanged, copied.
  public func transposed() -> Tensor {
    let rank = shape.count
    precondition(rank >= 2, "a tensor of shape \(shape) has no transpose")
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    let batch = Tensor.count(of: Array(shape.dropLast(2)))
    return Tensor(shape: shape.dropLast(2) + [columns, rows]) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        parallel(batch) { pk_transpose(x + $0 * rows * columns, y + $0 * rows * columns, rows, columns) }
      }
    }
    .recorded(from: self) { $0.transposed() }
  }
}

/// One matrix product, row-major: how it is read, by which kernel, and into which pieces it is cut.
///
/// Many rows are multiplied by our own tiles, with the right side packed once for all pieces; few rows,
/// and processors without the registers for it, go to OpenBLAS with one thread a piece. The choice and
/// the pieces depend on the sizes and the processor alone, so that one thread and many give the same bits.
struct Product {
  var m: Int
  var n: Int
  var k: Int
  var transposesA = false
  var transposesB = false
  /// Whether the product is added to what stands in c.
  var adds = false

  private static let hasTiles = pk_has_tiles() != 0

  /// c = a·b, or c += a·b.
  func run(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>) {
    precondition(BLAS.isHeldAtOneThread)
    guard m > 0, n > 0 else { return }
    // Packing the right side costs about as much as multiplying 16 rows by it.
    if Product.hasTiles, m >= 64, n >= 16, k >= 8 { return tiled(a, b, c) }
    // Below about 50 µs of work a second thread costs more than it saves.
    guard 2 * m * n * k > 1 << 22 else { return piece(0..<m, 0..<n, a, b, c) }
    if m >= n {
      parallel(m, grain: grain(of: m)) { piece($0, 0..<n, a, b, c) }
    } else {
      parallel(n, grain: grain(of: n)) { piece(0..<m, $0, a, b, c) }
    }
  }

  private func tiled(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>) {
    let packed = Storage(count: pk_packed_size(k, n))
    defer { withExtendedLifetime(packed) {} }
    parallel(n, grain: max(64, (1 << 16) / k / 32 * 32)) {
      pk_pack(b, transposesB ? k : n, transposesB ? 1 : 0, k, n, $0.lowerBound, $0.upperBound, packed.base)
    }
    let (step, stride) = transposesA ? (m, 1) : (1, k)
    let rowGrain = 2 * m * n * k > 1 << 22 ? max(64, (m + 511) / 512 * 64) : m
    let rowParts = (m + rowGrain - 1) / rowGrain
    // Where there are few rows the columns are cut too.
    let columnGrain = rowParts >= 4 || rowGrain == m ? n : max(64, (n + 127) / 128 * 32)
    let columnParts = (n + columnGrain - 1) / columnGrain
    parallel(rowParts * columnParts) { index in
      let (row, column) = (index / columnParts * rowGrain, index % columnParts * columnGrain)
      pk_multiply_packed(
        a + row * stride, stride, step, packed.base + column * k, c + row * n + column, n, min(rowGrain, m - row),
        min(columnGrain, n - column), k, adds ? 1 : 0)
    }
  }

  /// About eight pieces, each a multiple of 16 and at least 64.
  private func grain(of size: Int) -> Int { max(64, (size + 127) / 128 * 16) }

  private func piece(
    _ rows: Range<Int>, _ columns: Range<Int>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>
  ) {
    let (lda, ldb) = (transposesA ? m : k, transposesB ? k : n)
    let a = a + (transposesA ? rows.lowerBound : rows.lowerBound * k)
    let b = b + (transposesB ? columns.lowerBound * k : columns.lowerBound)
    let c = c + rows.lowerBound * n + columns.lowerBound
    if rows.count == 1, !transposesA {
      // A vector times a matrix: sgemm packs the matrix first, which costs more than the product.
      cblas_sgemv(
        CblasRowMajor, transposesB ? CblasNoTrans : CblasTrans,
        Int32(transposesB ? columns.count : k), Int32(transposesB ? k : columns.count),
        1, b, Int32(ldb), a, 1, adds ? 1 : 0, c, 1)
      return
    }
    cblas_sgemm(
      CblasRowMajor, transposesA ? CblasTrans : CblasNoTrans, transposesB ? CblasTrans : CblasNoTrans,
      Int32(rows.count), Int32(columns.count), Int32(k), 1, a, Int32(max(1, lda)), b, Int32(max(1, ldb)),
      adds ? 1 : 0, c, Int32(n))
  }
}
