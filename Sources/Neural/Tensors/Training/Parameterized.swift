/// Something with named tensors that can be learned.
///
/// One requirement: visit every parameter, always in the same order. Parts are visited with a prefix:
///
///     mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
///       visit("embedding", &embedding)
///       for i in layers.indices { layers[i].forEachParameter { visit("layers.\(i).\($0)", &$1) } }
///     }
public protocol Parameterized {
  mutating func forEachParameter(_ visit: (_ name: String, _ tensor: inout Tensor) -> Void)
}

extension Parameterized {
  /// All parameters with their names.
  public var parameters: [(name: String, tensor: Tensor)] {
    var copy = self
    var list: [(name: String, tensor: Tensor)] = []
    copy.forEachParameter { name, tensor in list.append((name, tensor)) }
    return list
  }

  /// How many scalars there are to learn.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

  /// A copy in which every parameter is a leaf of a gradient graph. It shares all scalars with the
  /// original; release it before a step of the optimiser, or the step has to copy.
  public func tracked() -> Self {
    var copy = self
    copy.forEachParameter { $1 = $1.tracked() }
    return copy
  }
}
