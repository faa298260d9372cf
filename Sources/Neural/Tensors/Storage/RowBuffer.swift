import CKernels

/// How the numbers of rows that a cache keeps are written.
public enum RowFormat: String, Sendable, Hashable, CaseIterable {
  case float32
  /// Half precision: 11 bits of a number up to 65,504. What is larger becomes infinite.
  case float16
  /// 8 bits of a number, with the range of float32.
  case bfloat16

  /// Bytes of a number.
  public var bytes: Int { self == .float32 ? 4 : 2 }

  var kind: pk_row_kind {
    switch self {
    case .float32: PK_ROWS_F32
    case .float16: PK_ROWS_F16
    case .bfloat16: PK_ROWS_BF16
    }
  }
}

/// Rows of keys or values, [count, heads, width], in a format of their own: what a cache keeps and attention reads.
///
/// A value: copies share the rows until one of them is written. Rows are rounded to the nearest when they are written.
public struct RowBuffer: Sendable {
  /// How numbers are written.
  public let format: RowFormat
  /// Heads of a row.
  public let heads: Int
  /// Numbers of a head.
  public let width: Int
  /// Rows there is room for.
  public private(set) var count: Int
  private var storage: Storage

  /// Rows with arbitrary numbers. What is not touched takes no memory yet.
  public init(count: Int, heads: Int, width: Int, format: RowFormat) {
    (self.count, self.heads, self.width, self.format) = (count, heads, width, format)
    storage = Storage(count: (count * heads * width * format.bytes + 3) / 4)
  }

  /// Rows [count, heads, width], rounded to a format.
  public init(_ rows: Tensor, format: RowFormat) {
    precondition(rows.shape.count == 3, "rows of shape \(rows.shape)")
    self.init(count: rows.shape[0], heads: rows.shape[1], width: rows.shape[2], format: format)
    let base = mutableBase
    reading(rows) { pk_write_row(format.kind, $0, base, rows.count) }
  }

  /// Bytes of all rows.
  public var bytes: Int { count * rowBytes }

  /// All rows as floats [count, heads, width]; shared with them where they are floats.
  public var tensor: Tensor {
    let shape = [count, heads, width]
    if format == .float32 { return Tensor(shape: shape, storage: storage) }
    defer { withExtendedLifetime(storage) {} }
    return Tensor(shape: shape) { pk_read_row(format.kind, base, $0, count * heads * width) }
  }

  private var rowBytes: Int { heads * width * format.bytes }

  var base: UnsafeRawPointer { UnsafeRawPointer(storage.base) }
  private var mutableBase: UnsafeMutableRawPointer { UnsafeMutableRawPointer(storage.base) }

  func hasShape(of other: RowBuffer) -> Bool {
    count == other.count && hasRows(of: other)
  }

  func hasShape(of other: RowBuffer, rowsOf kept: RowBuffer) -> Bool { hasShape(of: other) && hasRows(of: kept) }

  private func hasRows(of other: RowBuffer) -> Bool {
    heads == other.heads && width == other.width && format == other.format
  }

  /// Writes rows [rows.count, heads, width].
  ///
  /// - Precondition: each row is one there is room for.
  public mutating func write(_ new: Tensor, to rows: [Int]) {
    let numbers = heads * width
    precondition(new.count == rows.count * numbers, "shape \(new.shape) for \(rows.count) rows of \(numbers)")
    makeUnique()
    reading(new) { from in
      for (index, row) in rows.enumerated() {
        precondition(row >= 0 && row < count, "row \(row) of \(count)")
        pk_write_row(format.kind, from + index * numbers, mutableBase + row * rowBytes, numbers)
      }
    }
  }

  /// Copies neighbouring rows to other places, which must not overlap them.
  public mutating func copy(_ rows: Range<Int>, to first: Int) {
    precondition(rows.upperBound <= count && first + rows.count <= count, "\(rows) to \(first) of \(count) rows")
    makeUnique()
    (mutableBase + first * rowBytes)
      .copyMemory(from: base + rows.lowerBound * rowBytes, byteCount: rows.count * rowBytes)
  }

  /// Makes room for rows behind the last.
  public mutating func grow(to count: Int) {
    precondition(count >= self.count, "\(self.count) rows grown to \(count)")
    let grown = RowBuffer(count: count, heads: heads, width: width, format: format)
    grown.mutableBase.copyMemory(from: base, byteCount: bytes)
    self = grown
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { grow(to: count) }
  }
}
