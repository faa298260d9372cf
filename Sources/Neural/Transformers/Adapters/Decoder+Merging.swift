import Tensors

extension Decoder {
  /// The decoder with the weights W + s·B·A: the adapter is merged permanently, at no extra cost.
  ///
  /// - Precondition: the adapter fits, and the matrices that it changes are trainable.
  public func merging(_ adapter: Adapter) -> Decoder {
    adapter.check(for: configuration)
    var merged = self
    for (place, change) in adapter.changes {
      let matrix = DecoderLayer.path(to: place.matrix)
      guard case .tensor(let weight) = merged.layers[place.layer][keyPath: matrix].weight else {
        preconditionFailure("an adapter can be merged into trainable weights only, and \(place.name) is stored")
      }
      let sum = weight + change.up.product(change.down) * adapter.scale(of: change)
      merged.layers[place.layer][keyPath: matrix].weight = .tensor(sum)
    }
    return merged
  }
}

extension DecoderLayer {
  fileprivate static func path(to matrix: Adapter.Matrix) -> WritableKeyPath<DecoderLayer, Linear> {
    switch matrix {
    case .queries: \.queries
    case .keys: \.keys
    case .values: \.values
    case .output: \.output
    case .gate: \.gate
    case .up: \.up
    case .down: \.down
    }
  }
}
