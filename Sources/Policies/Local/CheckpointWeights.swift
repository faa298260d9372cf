import Checkpoints
import Tensors
import Transformers

/// The weights of a decoder out of a checkpoint, by their published names.
struct CheckpointWeights: WeightSource {
  let checkpoint: Checkpoint

  func vector(_ name: String, count: Int) throws -> Tensor { try checkpoint.tensor(name, shape: [count]) }

  func matrix(_ name: String, rows: Int, columns: Int) throws -> Weight {
    .tensor(try checkpoint.tensor(name, shape: [rows, columns]))
  }
}

extension Decoder {
  /// A published model: `config.json` and safetensors of a folder.
  ///
  /// - Throws: `CheckpointError`: which file, which field or tensor, what was expected and found.
  public init(folder: String) throws {
    let model = try ModelConfiguration(folder)
    try self.init(DecoderConfiguration(model), weights: CheckpointWeights(checkpoint: Checkpoint(folder)))
  }
}
