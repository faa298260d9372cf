import Foundation
import Palimpsest
import Tensors

/// A tensor in a line of JSON: its shape, and either its scalars as base64 of little-endian float32, exact, or the
/// digest by which the tensor file beside the log has them.
struct TensorRecord: Codable {
  var shape: [Int]
  var f32: Data?
  var sha256: TensorDigest?

  /// - Throws: `RecordFlaw` where shape and scalars disagree, or no source has the content; what the source throws.
  func tensor(from source: (any TensorSource)?) throws -> Tensor {
    if let f32 { return try tensor(of: f32) }
    guard let sha256 else { throw RecordFlaw("a tensor of shape \(shape) has neither scalars nor a digest") }
    guard let tensor = try source?.tensor(of: sha256) else {
      throw RecordFlaw(
        "the tensor \(sha256.description.prefix(12))… of shape \(shape) is not in the tensor file beside the log; "
          + "put the file back, or read the text again")
    }
    guard tensor.shape == shape else {
      throw RecordFlaw("the tensor \(sha256.description.prefix(12))… has shape \(tensor.shape), not \(shape)")
    }
    return tensor
  }

  private func tensor(of f32: Data) throws(RecordFlaw) -> Tensor {
    var count = 1
    for size in shape {
      let (product, isOver) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !isOver else { throw RecordFlaw("\(shape) is not a shape") }
      count = product
    }
    guard shape.count <= 32, f32.count % 4 == 0, count == f32.count / 4 else {
      throw RecordFlaw("\(f32.count) bytes do not fill a tensor of shape \(shape)")
    }
    let scalars = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = f32.copyBytes(to: buffer) / 4
    }
    return Tensor(scalars, shape: shape)
  }
}

/// Writes the tensors of one line: into the line, or as digests of tensors that are kept beside the log.
struct TensorRecorder {
  /// Whether they are kept beside the log.
  let isBeside: Bool
  /// The tensors that the line names.
  private(set) var named: [TensorDigest: Tensor] = [:]

  init(isBeside: Bool) { self.isBeside = isBeside }

  mutating func record(_ tensor: Tensor) -> TensorRecord {
    guard isBeside else {
      return TensorRecord(shape: tensor.shape, f32: tensor.scalars.withUnsafeBytes { Data($0) })
    }
    let digest = TensorDigest(of: tensor)
    named[digest] = tensor
    return TensorRecord(shape: tensor.shape, sha256: digest)
  }
}

/// Why a record that is well-formed JSON cannot be what it claims to be.
struct RecordFlaw: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension Int {
  /// Counts of a foreign file, small enough that sums of them cannot run over.
  func checked(_ name: String) throws(RecordFlaw) -> Int {
    guard (0...(1 << 40)).contains(self) else { throw RecordFlaw("\(name) is \(self)") }
    return self
  }
}
