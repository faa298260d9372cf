import Basics
import Tensors

/// The identity of a tensor by its content: SHA-256 over its shape and the bits of its scalars.
///
/// Traces name tensors by it. A tensor file keeps each content once, however many slots and steps refer to it.
public struct TensorDigest: Sendable, Hashable, Codable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let description: String

  /// - Returns: nil for what is not 64 lower-case hexadecimal digits.
  public init?(_ digits: String) {
    guard digits.utf8.count == 64, digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
      return nil
    }
    description = digits
  }

  /// The digest of a tensor; it takes time linear in the tensor.
  public init(of tensor: Tensor) {
    var hash = SHA256()
    for size in [tensor.shape.count] + tensor.shape {
      withUnsafeBytes(of: Int64(size).littleEndian) { hash.update($0) }
    }
    tensor.withScalars { scalars in
      #if _endian(little)
        hash.update(UnsafeRawBufferPointer(scalars))
      #else
        for scalar in scalars { withUnsafeBytes(of: scalar.bitPattern.littleEndian) { hash.update($0) } }
      #endif
    }
    description = hash.finish()
  }

  /// - Throws: `DecodingError` for what is not 64 lower-case hexadecimal digits.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    guard let digest = TensorDigest(try value.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "a tensor's digest is 64 hexadecimal digits")
    }
    self = digest
  }

  /// The digits.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(description)
  }
}

/// Where tensors are looked up by their content, such as the tensor file beside a trace file.
public protocol TensorSource: Sendable {
  /// The tensor of a digest; nil where the source does not have it.
  func tensor(of digest: TensorDigest) throws -> Tensor?
}

/// Keeps tensors by their content, so that a trace names them instead of repeating them.
public protocol TensorKeeper: Sendable {
  /// Keeps tensors, each content once. When it returns, a reader of the file finds them.
  func keep(_ tensors: [TensorDigest: Tensor]) async throws
}
