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
