import Tensors

/// One tensor of a checkpoint in its stored form; it is read on request.
public struct StoredTensor: Sendable {
  /// The name in its file.
  public let name: String
  /// The element type in its file.
  public let type: StoredType
  // Beside the type, where it takes no room: there may be a hundred thousand tensors. 0 for none.
  private var headWidth: UInt32 = 0
  /// Empty for a single number.
  public let shape: [Int]
  /// The file that holds it, for messages.
  public let file: String
  /// Keeps the bytes in place.
  public let held: HeldBytes
  /// The range of its bytes in `held`.
  public let range: Range<Int>

  /// The width of the heads whose rows the file has in pairs; nil where the rows are in their order.
  ///
  /// GGUF's `llama` rotates neighbours (2i, 2i + 1) of a head, published models i and i + width/2, so the file has the
  /// rows of queries and keys in another order. `tensor` and `matrix` put them back; `withBytes` gives them as they lie.
  public var pairedHeads: Int? { headWidth == 0 ? nil : Int(headWidth) }

  /// Numbers it has.
  public var count: Int { shape.reduce(1, *) }

  init(name: String, type: StoredType, shape: [Int], file: String, held: HeldBytes, range: Range<Int>) {
    self.name = name
    self.type = type
    self.shape = shape
    self.file = file
    self.held = held
    self.range = range
  }

  /// Its stored bytes, little-endian, valid during the call.
  ///
  /// - Important: they may begin at any address; see `isAligned`.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try held.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Whether its numbers are aligned, so that they can be used in place; blocks may lie anywhere.
  public var isAligned: Bool {
    type.blocks != nil
      || (UInt(bitPattern: held.start) + UInt(range.lowerBound)).isMultiple(of: UInt(max(type.bits / 8, 1)))
  }

  /// The same tensor under another name; with `pairedHeads` its rows are put back in their order.
  func renamed(_ name: String, pairedHeads: Int? = nil) -> StoredTensor {
    var tensor = StoredTensor(name: name, type: type, shape: shape, file: file, held: held, range: range)
    tensor.headWidth = UInt32(pairedHeads ?? 0)
    return tensor
  }

  /// All its numbers as 32-bit floats; exact for every readable type.
  ///
  /// - Throws: `CheckpointError.broken` with `.readableType` where they are of another type.
  public func tensor() throws -> Tensor {
    let count = count
    try checkReadable()
    let scalars = withBytes { bytes in
      [Float](unsafeUninitializedCapacity: count) { floats, initialized in
        if let start = floats.baseAddress, let source = bytes.baseAddress { widen(source, to: start, count: count) }
        initialized = count
      }
    }
    guard pairedHeads != nil, count > 0 else { return Tensor(scalars, shape: shape) }
    let width = count / shape[0]
    return Tensor(shape: shape) { floats in
      scalars.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        for row in 0..<shape[0] {
          (floats + row * width).update(from: start + storedRow(row) * width, count: width)
        }
      }
    }
  }

  /// Its numbers as a matrix [rows, columns], in place: F32, BF16 and blocks that are multiplied are read from the file
  /// at every product. F16 is widened into memory, other blocks become BF16 there. Rows in pairs are copied in their
  /// order.
  ///
  /// - Throws: `CheckpointError.broken` with `.readableType`, or `.expectedShape` where it does not have two
  ///   axes.
  public func matrix() throws -> StoredMatrix {
    let matrix = try storedMatrix()
    guard case .blocks(let blocks) = matrix.format, !blocks.isMultiplied else { return matrix }
    return matrix.rounded()
  }

  /// Bytes that `matrix` takes in memory; 0 where it is read in place.
  public var copiedBytes: Int {
    if type == .float16 { return 4 * count }
    if let blocks = type.blocks, !blocks.isMultiplied { return 2 * count }
    return pairedHeads == nil ? 0 : range.count
  }

  /// Its numbers as bytes with a scale per group of columns, made of them as they are stored.
  ///
  /// - Throws: what `matrix` throws.
  public func quantised(group: Int) throws -> StoredMatrix { try storedMatrix().quantised(group: group) }

  /// The numbers as they are stored, with rows in their order: what `matrix` is made of, and `quantised` matrices.
  func storedMatrix() throws -> StoredMatrix {
    try checkReadable()
    guard shape.count == 2, count > 0 else {
      throw fault(.expectedShape, expected: "rows and columns", found: "\(shape)")
    }
    guard type != .float16 else { return StoredMatrix(try tensor()) }
    let format: StoredMatrix.Format =
      type.blocks.map(StoredMatrix.Format.blocks) ?? (type == .bfloat16 ? .bfloat16 : .float32)
    guard pairedHeads != nil else {
      return StoredMatrix(
        borrowing: held.start + range.lowerBound, rows: shape[0], columns: shape[1], format: format, owner: held)
    }
    let ordered = HeldBytes(count: range.count) { target in
      withBytes { source in
        let bytes = range.count / shape[0]
        guard let start = source.baseAddress else { return }
        for row in 0..<shape[0] {
          (target + row * bytes).copyMemory(from: start + storedRow(row) * bytes, byteCount: bytes)
        }
      }
    }
    return StoredMatrix(
      borrowing: ordered.start, rows: shape[0], columns: shape[1], format: format, owner: ordered)
  }

  /// The row of the file that holds a row: of each head, the two halves lie in turns.
  private func storedRow(_ row: Int) -> Int {
    guard let width = pairedHeads else { return row }
    let (head, place) = (row / width, row % width)
    return head * width + 2 * (place % (width / 2)) + place / (width / 2)
  }

  /// Declares that its bytes will not be read again soon, since they were copied: the system may release the
  /// memory of the mapped file. They can still be read.
  public func leave() { held.leave(range) }

  func checkReadable() throws {
    guard type.isReadable else { throw fault(.readableType, expected: "F32, BF16 or F16", found: type.rawValue) }
  }

  /// - Throws: `CheckpointError.broken` with `.expectedShape`.
  public func checkShape(_ expected: [Int]) throws {
    guard shape == expected else { throw fault(.expectedShape, expected: "\(expected)", found: "\(shape)") }
  }

  /// Checks every number; it reads the whole file, so it is meant for checkpoints of doubtful
  /// origin.
  ///
  /// - Throws: `CheckpointError.broken` with `.finite` at the first infinity or NaN.
  public func checkFinite() throws {
    try checkReadable()
    let place = withBytes { bytes in firstNonFinite(bytes, count: count) }
    guard let place else { return }
    throw fault(.finite, expected: "finite numbers", found: "infinity or NaN at number \(place) of \(count)")
  }

  func fault(_ rule: Rule, expected: String, found: String) -> CheckpointError {
    .broken(rule, file: file, tensor: name, expected: expected, found: found)
  }

  private func widen(_ source: UnsafeRawPointer, to floats: UnsafeMutablePointer<Float>, count: Int) {
    switch type {
    case .float32: UnsafeMutableRawPointer(floats).copyMemory(from: source, byteCount: 4 * count)
    case .bfloat16:
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        floats[index] = Float(bitPattern: UInt32(bits) << 16)
      }
    case .float16:
      for index in 0..<count {
        floats[index] = widened(half: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
      }
    default: type.blocks?.unpack(source, to: floats, count: count)
    }
  }

  private func firstNonFinite(_ bytes: UnsafeRawBufferPointer, count: Int) -> Int? {
    switch type {
    case .float32:
      return (0..<count).first {
        bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) & 0x7f80_0000 == 0x7f80_0000
      }
    case .bfloat16:
      return (0..<count).first { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) & 0x7f80 == 0x7f80 }
    case .float16:
      return (0..<count).first { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) & 0x7c00 == 0x7c00 }
    default: return firstNonFiniteBlock(bytes, count: count)
    }
  }

  /// A piece at a time, in the order of the file.
  private func firstNonFiniteBlock(_ bytes: UnsafeRawBufferPointer, count: Int) -> Int? {
    guard let blocks = type.blocks, let start = bytes.baseAddress else { return nil }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 4096) { floats in
      guard let piece = floats.baseAddress else { return nil }
      for begin in stride(from: 0, to: count, by: 4096) {
        let size = min(4096, count - begin)
        blocks.unpack(start + begin / blocks.length * blocks.bytes, to: piece, count: size)
        if let place = floats.prefix(size).firstIndex(where: { !$0.isFinite }) { return begin + place }
      }
      return nil
    }
  }
}

/// IEEE 754 half precision to single, exactly; written without a branch, so that a loop over it is
/// vectorised and no processor feature is asked for.
///
/// The exponent is moved by multiplying with 2^112, which also makes subnormals right.
@inline(__always) func widened(half bits: UInt16) -> Float {
  let magnitude = UInt32(bits & 0x7fff) << 13
  let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
  let isSpecial: UInt32 = magnitude >= 0x0f80_0000 ? 0x7f80_0000 : 0
  return Float(bitPattern: scaled.bitPattern | isSpecial | UInt32(bits & 0x8000) << 16)
}
