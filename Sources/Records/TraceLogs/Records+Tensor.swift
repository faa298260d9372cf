import Foundation
import Tensors

/// A tensor in a line of JSON: its shape, and its scalars as base64 of little-endian float32, exact.
struct TensorRecord: Codable {
  var shape: [Int]
  var f32: Data

  init(_ tensor: Tensor) {
    shape = tensor.shape
    f32 = tensor.scalars.withUnsafeBytes { Data($0) }
  }

  /// - Throws: `RecordFlaw` where shape and scalars disagree.
  func tensor() throws(RecordFlaw) -> Tensor {
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
