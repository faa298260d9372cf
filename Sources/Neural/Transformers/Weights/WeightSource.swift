import Tensors

/// The source of a decoder's weights: a checkpoint, or any other type that knows them by their
/// published names (`model.layers.0.self_attn.q_proj.weight`).
///
/// - Throws: the source's error: a missing name, another shape.
public protocol WeightSource {
  /// A vector: a gain or a bias.
  func vector(_ name: String, count: Int) throws -> Tensor
  /// A matrix, [rows, columns].
  func matrix(_ name: String, rows: Int, columns: Int) throws -> Weight
}
