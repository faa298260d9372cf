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

  /// Shape and scalars; the gradient graph is left out.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(shape, forKey: .shape)
    try values.encode(scalars, forKey: .scalars)
  }
}
