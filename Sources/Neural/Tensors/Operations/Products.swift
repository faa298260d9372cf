import CBLAS
import CKernels

extension Tensor {
  /// x·Wᵀ, the product of a layer with weights [out, in]: […, in] → […, out].
  ///
  /// - Precondition: `weights` is [out, in] and the last axis is `in`.
  public func product(transposed weights: Tensor) -> Tensor { products(transposed: [weights])[0] }

  /// The products with several weights, bit for bit as one by one: for layers that share their input.
  /// Threads synchronise once for all.
  ///
  /// - Precondition: each is [out, in] and the last axis is `in`.
  public func products(transposed weights: [Tensor]) -> [Tensor] {
    let (m, k) = rowsAndColumns
    for matrix in weights {
      precondition(
        matrix.shape.count == 2 && shape.last == matrix.shape[1],
        "x of shape \(shape) times the transpose of shape \(matrix.shape)")
    }
    let values = weights.map { Tensor(shape: shape.dropLast() + [$0.shape[0]]) { _ in } }
    reading(self) { a in
      reading(weights) { b in
        Product.run(
          weights.indices.map {
            let packing = weights[$0].packing
            let plan = Product(m: m, n: weights[$0].shape[0], k: k, transposesB: true, isPacked: packing != nil)
            return (plan, b[$0], packing, values[$0].storage.base)
          }, a)
      }
    }
    return zip(weights, values).map { matrix, value in
      guard isTracked || matrix.isTracked else { return value }
      let (x, w) = (detached, matrix.detached)
      let needs = (isTracked, matrix.isTracked)
      let n = matrix.shape[0]
      return value.recorded(from: [self, matrix]) { gradient in
        let dy = gradient.reshaped(m, n)
        return [
          needs.0 ? dy.product(w).reshaped(x.shape) : nil,
          needs.1 ? dy.product(x.reshaped(m, k), transposes: (true, false)) : nil,
        ]
      }
    }
  }

  /// Weights of a layer of up to a megabyte as `product(transposed:)` reads them. They stay so until they
  /// change: a small model would spend a sixth of its time on packing the same weights again and again. Where
  /// they learn, they are not kept, for they change after each step.
  fileprivate var packing: Storage? {
    let (n, k) = (shape[0], shape[1])
    guard !isTracked, start == 0, storage.count == count, count <= 1 << 18, Product.hasTiles, n >= 16, k >= 8 else {
      return nil
    }
    return storage.packing.withLock { packing in
      if let packing { return packing }
      let new = Storage(count: pk_packed_size(k, n))
      reading(self) { pk_pack($0, k, 1, k, n, 0, n, new.base) }
      packing = new
      return new
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
  /// Whether the right side stands packed already.
  var isPacked = false

  fileprivate static let hasTiles = pk_has_tiles() != 0

  /// c = a·b, or c += a·b.
  func run(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>) {
    Product.run([(self, b, nil, c)], a)
  }

  /// Several products with one left side.
  ///
  /// - Parameter products: with what b is packed as, if it is.
  static func run(
    _ products: [(plan: Product, b: UnsafePointer<Float>, packed: Storage?, c: UnsafeMutablePointer<Float>)],
    _ a: UnsafePointer<Float>
  ) {
    precondition(BLAS.isHeldAtOneThread)
    var tiles: [Tiles] = []
    for (plan, b, packed, c) in products where plan.m > 0 && plan.n > 0 {
      if plan.isTiled { tiles.append(Tiles(plan, b, packed, c)) } else { plan.untiled(a, b, c) }
    }
    guard !tiles.isEmpty else { return }
    inPieces(tiles.map(\.packings)) { tiles[$0].pack($1) }
    inPieces(tiles.map(\.pieces)) { tiles[$0].multiply(a, $1) }
  }

  /// Runs the pieces of several things together.
  private static func inPieces(_ counts: [Int], _ body: (Int, Int) -> Void) {
    parallel(counts.reduce(0, +)) { piece in
      var rest = piece
      for (index, count) in counts.enumerated() {
        if rest < count { return body(index, rest) }
        rest -= count
      }
    }
  }

  // Packing the right side costs about as much as multiplying 16 rows by it. Where that is done already, few rows are
  // tiled too: each row then has the same bits beside any number of others.
  fileprivate var isTiled: Bool { Product.hasTiles && (m >= 64 || isPacked) && n >= 16 && k >= 8 }

  private func untiled(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>) {
    // Below about 50 µs of work a second thread costs more than it saves.
    guard 2 * m * n * k > 1 << 22 else { return piece(0..<m, 0..<n, a, b, c) }
    if m >= n {
      parallel(m, grain: grain(of: m)) { piece($0, 0..<n, a, b, c) }
    } else {
      parallel(n, grain: grain(of: n)) { piece(0..<m, $0, a, b, c) }
    }
  }

  /// A product by our own tiles: first the right side is packed in pieces, then pieces of c are made.
  private struct Tiles {
    let plan: Product
    let b: UnsafePointer<Float>
    let c: UnsafeMutablePointer<Float>
    let packed: Storage
    let packings: Int
    let rowGrain, columnGrain, rowParts, columnParts, packGrain: Int
    /// Rows of b that are packed in one piece: all, or for a deep one some of a panel.
    let packDepth: Int

    init(_ plan: Product, _ b: UnsafePointer<Float>, _ packed: Storage?, _ c: UnsafeMutablePointer<Float>) {
      (self.plan, self.b, self.c) = (plan, b, c)
      let (m, n, k) = (plan.m, plan.n, plan.k)
      packDepth = k > 1024 && !plan.transposesB ? 512 : k
      packGrain = packDepth < k ? 32 : max(64, (1 << 14) / k / 32 * 32)
      packings = packed == nil ? (n + packGrain - 1) / packGrain * ((k + packDepth - 1) / packDepth) : 0
      self.packed = packed ?? Storage(count: pk_packed_size(k, n))
      // Pieces of some 5 µs at the least.
      let isLarge = 2 * m * n * k > 1 << 20
      // Few rows of much work, as in gradients of weights, are cut finer, so that threads end together.
      let isDeep = m < 512 && 2 * m * n * k > 1 << 24
      rowGrain = isLarge ? max(isDeep ? 32 : 64, (m + 511) / 512 * (isDeep ? 32 : 64)) : m
      rowParts = (m + rowGrain - 1) / rowGrain
      // Where there are few rows the columns are cut too.
      columnGrain = rowParts >= 4 || !isLarge ? n : max(64, (n + 127) / 128 * 32)
      columnParts = (n + columnGrain - 1) / columnGrain
    }

    var pieces: Int { rowParts * columnParts }

    func pack(_ index: Int) {
      let (n, k) = (plan.n, plan.k)
      let panels = (n + packGrain - 1) / packGrain
      let (first, top) = (index % panels * packGrain, index / panels * packDepth)
      let deep = min(packDepth, k - top)
      // The kernel finds a panel at its first column times the depth, of which these are some rows.
      let to = packed.base + first * (k - deep) + top * 32
      pk_pack(
        b + (plan.transposesB ? 0 : top * n), plan.transposesB ? k : n, plan.transposesB ? 1 : 0, deep, n, first,
        min(n, first + packGrain), to)
    }

    func multiply(_ a: UnsafePointer<Float>, _ index: Int) {
      let (m, n, k) = (plan.m, plan.n, plan.k)
      let (step, stride) = plan.transposesA ? (m, 1) : (1, k)
      let (row, column) = (index / columnParts * rowGrain, index % columnParts * columnGrain)
      pk_multiply_packed(
        a + row * stride, stride, step, packed.base + column * k, c + row * n + column, n, min(rowGrain, m - row),
        min(columnGrain, n - column), k, plan.adds ? 1 : 0)
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
