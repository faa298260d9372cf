import Tensors

/// One tensor of a checkpoint in its stored form; it is read on request.
public struct StoredTensor: Sendable {
  /// The name in its file.
  public let name: String
  /// The element type in its file.
  public let type: StoredType
  /// Empty for a single number.
  public let shape: [Int]
  /// The file that holds it, for messages.
  public let file: String
  /// Keeps the bytes in place.
  public let held: HeldBytes
  /// The range of its bytes in `held`.
  public let range: Range<Int>

  /// Numbers it has.
  public var count: Int { shape.reduce(1, *) }

  /// Its stored bytes, little-endian, valid during the call.
  ///
  /// - Important: they may begin at any address; see `isAligned`.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try held.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Whether its numbers are aligned, so that they can be used in place.
  public var isAligned: Bool {
    (UInt(bitPattern: held.start) + UInt(range.lowerBound)).isMultiple(of: UInt(max(type.bits / 8, 1)))
  }

  /// All its numbers as 32-bit floats; exact for every readable type.
  ///
  /// - Throws: `CheckpointError.broken` with `.readableType` where they are no F32, BF16 or F16.
  public func tensor() throws -> Tensor {
    let count = count
    let scalars: [Float] = try withBytes { bytes in
      try checkReadable()
      return [Float](unsafeUninitializedCapacity: count) { floats, initialized in
        if let start = floats.baseAddress { widen(bytes, to: start, count: count) }
        initialized = count
      }
    }
    return Tensor(scalars, shape: shape)
  }

  /// Its numbers as a matrix [rows, columns], in place: F32 and BF16 are read from the file at every product,
  /// F16 is widened into memory.
  ///
  /// - Throws: `CheckpointError.broken` with `.readableType`, or `.expectedShape` where it does not have two
  ///   axes.
  public func matrix() throws -> StoredMatrix {
    try checkReadable()
    guard shape.count == 2, count > 0 else {
      throw fault(.expectedShape, expected: "rows and columns", found: "\(shape)")
    }
    guard type != .float16 else { return StoredMatrix(try tensor()) }
    return StoredMatrix(
      borrowing: held.start + range.lowerBound, rows: shape[0], columns: shape[1],
      format: type == .bfloat16 ? .bfloat16 : .float32, owner: held)
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

  private func widen(_ bytes: UnsafeRawBufferPointer, to floats: UnsafeMutablePointer<Float>, count: Int) {
    guard let source = bytes.baseAddress else { return }
    switch type {
    case .float32: UnsafeMutableRawPointer(floats).copyMemory(from: source, byteCount: 4 * count)
    case .bfloat16:
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        floats[index] = Float(bitPattern: UInt32(bits) << 16)
      }
    default:
      for index in 0..<count {
        floats[index] = widened(half: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
      }
    }
  }

  private func firstNonFinite(_ bytes: UnsafeRawBufferPointer, count: Int) -> Int? {
    switch type {
    case .float32:
      (0..<count).first { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) & 0x7f80_0000 == 0x7f80_0000 }
    case .bfloat16:
      (0..<count).first { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) & 0x7f80 == 0x7f80 }
    default:
      (0..<count).first { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) & 0x7c00 == 0x7c00 }
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
