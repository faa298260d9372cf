import Tensors

/// Where a decoder takes its weights from: a checkpoint, or whatever else knows them by their published
/// names (`model.layers.0.self_attn.q_proj.weight`).
///
/// - Throws: what the source finds wrong: a missing name, another shape.
public protocol WeightSource {
  /// A vector: a gain or a bias.
  func vector(_ name: String, count: Int) throws -> Tensor
  /// A matrix, [rows, columns].
  func matrix(_ name: String, rows: Int, columns: Int) throws -> Weight
}

/// A matrix of a decoder: numbers that can be trained, or numbers as a checkpoint stores them.
public enum Weight: Sendable {
  case tensor(Tensor)

  /// Outputs of the product: rows of the matrix.
  public var rows: Int {
    switch self {
    case .tensor(let tensor): tensor.shape[0]
    }
  }

  /// Inputs of the product.
  public var columns: Int {
    switch self {
    case .tensor(let tensor): tensor.shape[1]
    }
  }

  /// Rows by index, as an embedding does: n indices → [n, columns].
  func gathered(_ indices: [Int]) -> Tensor {
    switch self {
    case .tensor(let tensor): tensor.gathered(indices)
    }
  }

  /// x·Wᵀ: […, columns] → […, rows].
  func product(_ x: Tensor) -> Tensor {
    switch self {
    case .tensor(let tensor): x.product(transposed: tensor)
    }
  }

  mutating func visit(_ name: String, _ visit: (String, inout Tensor) -> Void) {
    switch self {
    case .tensor(var tensor):
      self = .tensor(Tensor(zeros: [0, 0]))  // so that whoever changes it in place is its only owner
      visit(name, &tensor)
      self = .tensor(tensor)
    }
  }
}
