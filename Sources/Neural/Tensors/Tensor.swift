/// An array of 32-bit floats with a shape, row-major, a value like an `Array`.
///
/// - Precondition: as many scalars as the shape's product; a mismatch traps with both numbers.
public struct Tensor: Sendable, Hashable {
  public let shape: [Int]
  public private(set) var scalars: [Float]

  public init(_ scalars: [Float], shape: [Int]) {
    precondition(
      scalars.count == shape.reduce(1, *),
      "\(scalars.count) scalars do not fill shape \(shape)")
    self.shape = shape
    self.scalars = scalars
  }

  /// A vector, shape [count].
  public init(_ scalars: [Float]) { self.init(scalars, shape: [scalars.count]) }

  /// All zeros.
  public init(zeros shape: [Int]) {
    self.init([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
  }

  /// Bytes the scalars take.
  public var bytes: Int { scalars.count * MemoryLayout<Float>.stride }

  /// The scalar at an index of one number per axis.
  public subscript(index: Int...) -> Float {
    get { scalars[offset(of: index)] }
    set { scalars[offset(of: index)] = newValue }
  }

  private func offset(of index: [Int]) -> Int {
    precondition(
      index.count == shape.count, "an index of \(index.count) numbers for shape \(shape)")
    return zip(index, shape).reduce(0) { offset, axis in
      precondition((0..<axis.1).contains(axis.0), "index \(index) is outside shape \(shape)")
      return offset * axis.1 + axis.0
    }
  }
}

extension Tensor: Codable {
  private enum Key: CodingKey { case shape, scalars }

  /// - Throws: `DecodingError.dataCorrupted` where shape and scalars disagree; foreign files never trap.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let shape = try values.decode([Int].self, forKey: .shape)
    let scalars = try values.decode([Float].self, forKey: .scalars)
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else {
        throw DecodingError.dataCorruptedError(
          forKey: .shape, in: values, debugDescription: "shape \(shape) is not a shape")
      }
      count = product
    }
    guard count == scalars.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .scalars, in: values,
        debugDescription: "\(scalars.count) scalars do not fill shape \(shape)")
    }
    self.init(scalars, shape: shape)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(shape, forKey: .shape)
    try values.encode(scalars, forKey: .scalars)
  }
}
