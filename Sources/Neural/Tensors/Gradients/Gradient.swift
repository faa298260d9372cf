/// The gradient of a scalar with respect to a tensor.
public enum Gradient: Sendable {
  /// One number per scalar, of the tensor's shape.
  case dense(Tensor)
  /// Zero but for some rows of a tensor of `shape` [n, …]: `values` [indices.count, …] belong to rows
  /// `indices`, and add up where an index comes twice. What a lookup in an embedding gives.
  case rows(values: Tensor, indices: [Int], shape: [Int])

  /// In full.
  public var dense: Tensor {
    switch self {
    case .dense(let tensor): return tensor
    case .rows(_, _, let shape):
      var tensor = Tensor(zeros: shape)
      add(to: &tensor)
      return tensor
    }
  }

  var shape: [Int] {
    switch self {
    case .dense(let tensor): tensor.shape
    case .rows(_, _, let shape): shape
    }
  }

  /// Adds this to a dense gradient, in place where the gradient is not shared.
  func add(to sum: inout Tensor) {
    switch self {
    case .dense(let tensor): sum.accumulate(tensor)
    case .rows(let values, let indices, _): sum.accumulateRows(values, at: indices)
    }
  }

  /// The sum of two gradients of the same tensor, in the scalars of the first where they are not
  /// shared; the first is consumed, so that it does not share them itself.
  static func sum(_ a: consuming Gradient, _ b: Gradient) -> Gradient {
    switch consume a {
    case .dense(var sum):
      b.add(to: &sum)
      return .dense(sum)
    case .rows(let values, let indices, let shape):
      switch b {
      case .rows(let more, let others, _):
        return .rows(values: Tensor.concatenated([values, more]), indices: indices + others, shape: shape)
      case .dense(var sum):
        sum.accumulateRows(values, at: indices)
        return .dense(sum)
      }
    }
  }
}
