import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The weights of a layer, [rows, columns], in their stored form: 32-bit floats, bf16, bytes
/// with scales, or the blocks of a GGUF file. Products read them in place; nothing is unpacked beforehand.
///
///     let weights = StoredMatrix(borrowing: bytes, rows: 4864, columns: 896, format: .bfloat16, owner: file)
///     let y = x.product(transposed: weights)             // […, 896] → […, 4864]
///     let small = weights.quantised()                     // half the bytes, about 1/254 of each group's largest off
public struct StoredMatrix: Sendable {
  /// How one weight is written.
  public enum Format: Sendable, Hashable {
    case float32
    case bfloat16
    /// A byte q in -127...127 that stands for q times the scale of its group: `group` neighbouring
    /// columns of one row.
    case int8(group: Int)
    /// Blocks of a GGUF file. Those that are not `isMultiplied` can be read and converted; a product with them first
    /// unpacks some rows at a time, which is slow.
    case blocks(BlockFormat)
  }

  /// Outputs of the layer.
  public let rows: Int
  /// Inputs of the layer.
  public let columns: Int
  /// How a weight is stored, and so how many bytes it takes.
  public let format: Format
  private let place: Place

  init(rows: Int, columns: Int, format: Format, place: Place) {
    self.rows = rows
    self.columns = columns
    self.format = format
    self.place = place
  }

  /// Weights that stay where they are, for example in a mapped file: row after row without gaps, in this
  /// machine's byte order, at any address.
  ///
  /// - Parameters:
  ///   - bytes: readable for as long as `owner` lives, and never written meanwhile.
  ///   - format: float32, bfloat16 or blocks; bytes with scales are made by `quantised`.
  ///   - owner: kept alive by this matrix and its copies.
  public init(
    borrowing bytes: UnsafeRawPointer, rows: Int, columns: Int, format: Format, owner: AnyObject & Sendable
  ) {
    precondition(rows > 0 && columns > 0, "a matrix of \(rows) by \(columns)")
    if case .int8 = format { preconditionFailure("bytes need scales: borrow floats, then call quantised(group:)") }
    if case .blocks(let blocks) = format {
      precondition(
        columns.isMultiple(of: blocks.length), "rows of \(columns) are no whole blocks of \(blocks.length)")
    }
    self.init(rows: rows, columns: columns, format: format, place: Place(bytes, owner: owner))
  }

  /// The same weights as a tensor [rows, columns], shared with it.
  public init(_ tensor: Tensor) {
    precondition(tensor.shape.count == 2 && tensor.count > 0, "a matrix of shape \(tensor.shape)")
    let start = UnsafeRawPointer(tensor.storage.base + tensor.start)
    self.init(
      rows: tensor.shape[0], columns: tensor.shape[1], format: .float32,
      place: Place(start, owner: tensor.storage))
  }

  /// Bytes the weights take, with their scales.
  public var bytes: Int {
    switch format {
    case .float32: 4 * rows * columns
    case .bfloat16: 2 * rows * columns
    case .int8(let group): rows * groups * (group + 4)
    case .blocks(let blocks): rows * (columns / blocks.length * blocks.bytes)
    }
  }

  /// Scales of a row.
  var groups: Int { if case .int8(let group) = format { (columns + group - 1) / group } else { 0 } }

  /// Lends the weights to a kernel.
  func withWeights<Result>(_ body: (pk_weights) -> Result) -> Result {
    withExtendedLifetime(place) { body(borrowed) }
  }

  /// The weights as kernels know them, for as long as this matrix is kept.
  var borrowed: pk_weights {
    let (kind, group): (pk_kind, Int) =
      switch format {
      case .float32: (PK_F32, 0)
      case .bfloat16: (PK_BF16, 0)
      case .int8(let group): (PK_INT8, group)
      case .blocks(let blocks): (blocks.kind, blocks.length)
      }
    return pk_weights(
      kind: kind, rows: place.weights, scales: place.scales, columns: columns,
      stride: kind == PK_INT8 ? groups * group : columns, group: group, groups: groups)
  }

  /// The address of the weights, and the object that keeps them alive.
  final class Place: @unchecked Sendable {
    let weights: UnsafeRawPointer
    let scales: UnsafePointer<Float>?
    /// Nil where the memory is this object's own.
    private let owner: AnyObject?

    init(_ weights: UnsafeRawPointer, owner: AnyObject) {
      self.weights = weights
      self.owner = owner
      scales = nil
    }

    /// Memory of its own, with `scales` floats behind the weights; `fill` writes all of it.
    init(bytes: Int, scales: Int, fill: (UnsafeMutableRawPointer, UnsafeMutablePointer<Float>) -> Void) {
      let start = (bytes + 63) / 64 * 64
      let memory = systemMemory(bytes: start + 4 * scales + 64)
      let floats = (memory + start).bindMemory(to: Float.self, capacity: scales)
      fill(memory, floats)
      weights = UnsafeRawPointer(memory)
      self.scales = scales > 0 ? UnsafePointer(floats) : nil
      owner = nil
    }

    deinit { if owner == nil { free(UnsafeMutableRawPointer(mutating: weights)) } }
  }
}
