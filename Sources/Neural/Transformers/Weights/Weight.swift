import Tensors

/// A matrix of a decoder: numbers that can be trained, or numbers as a checkpoint stores them.
public enum Weight: Sendable {
  case tensor(Tensor)
  /// Read in place. Gradients flow through it, not to it.
  ///
  /// - activations: `.rounded` is faster for prompts, where the processor has the instructions; see there.
  case stored(StoredMatrix, activations: StoredMatrix.Activations = .exact)

  /// Bytes of its numbers.
  public var bytes: Int {
    switch self {
    case .tensor(let tensor): tensor.bytes
    case .stored(let matrix, _): matrix.bytes
    }
  }

  /// Rows by index, as an embedding does: n indices → [n, columns].
  func gathered(_ indices: [Int]) -> Tensor {
    switch self {
    case .tensor(let tensor): tensor.gathered(indices)
    case .stored(let matrix, _): matrix.tensor(at: indices)
    }
  }

  /// x·Wᵀ: […, columns] → […, rows].
  func product(_ x: Tensor) -> Tensor {
    switch self {
    case .tensor(let tensor): x.product(transposed: tensor)
    case .stored(let matrix, let activations): x.product(transposed: matrix, activations: activations)
    }
  }

  /// The same for several weights and one x; those that are held alike are multiplied together.
  static func products(_ weights: [Weight], _ x: Tensor) -> [Tensor] {
    var tensors: [Tensor] = []
    var matrices: [StoredMatrix] = []
    var how: Set<StoredMatrix.Activations> = []
    for weight in weights {
      switch weight {
      case .tensor(let tensor): tensors.append(tensor)
      case .stored(let matrix, let activations):
        matrices.append(matrix)
        how.insert(activations)
      }
    }
    if matrices.isEmpty { return x.products(transposed: tensors) }
    guard tensors.isEmpty, how.count == 1, let activations = how.first else { return weights.map { $0.product(x) } }
    return x.products(transposed: matrices, activations: activations)
  }

  mutating func visit(_ name: String, _ visit: (String, inout Tensor) -> Void) {
    guard case .tensor(var tensor) = self else { return }
    self = .tensor(Tensor(zeros: [0, 0]))  // so that the tensor has one owner while it is changed in place
    visit(name, &tensor)
    self = .tensor(tensor)
  }
}
