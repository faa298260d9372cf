import Checkpoints
import Foundation
import Tensors
import Transformers

/// How the matrices of a published model are held.
public enum WeightStorage: Sendable, Hashable {
  /// As 32-bit floats in memory, which can be trained.
  case trainable
  /// In the form of the file, mapped.
  case stored
  /// As bytes with a scale per group of columns, made when the model is loaded.
  case int8(group: Int = 128)
}

/// The weights of a decoder out of a checkpoint, by their published names.
struct CheckpointWeights: WeightSource {
  let checkpoint: Checkpoint
  var storage = WeightStorage.trainable
  var activations = StoredMatrix.Activations.exact

  func vector(_ name: String, count: Int) throws -> Tensor { try checkpoint.tensor(name, shape: [count]) }

  func matrix(_ name: String, rows: Int, columns: Int) throws -> Weight {
    let stored = try checkpoint.stored(name, shape: [rows, columns])
    // Copied bytes need not stay in memory twice.
    switch storage {
    case .trainable:
      defer { stored.leave() }
      return .tensor(try stored.tensor())
    case .stored: return .stored(try stored.matrix(), activations: activations)
    case .int8(let group):
      defer { stored.leave() }
      return .stored(try stored.matrix().quantised(group: group), activations: activations)
    }
  }
}

extension Decoder {
  /// A published model: `config.json` and safetensors of a folder.
  ///
  /// - Parameters:
  ///   - storage: how matrices are held; only trainable ones learn.
  ///   - activations: the arithmetic of the left side of products with stored matrices.
  /// - Throws: `CheckpointError`: which file, which field or tensor, what was expected and found.
  public init(
    folder: String, storage: WeightStorage = .trainable, activations: StoredMatrix.Activations = .exact
  ) throws {
    let model = try ModelConfiguration(folder)
    try self.init(model, in: Checkpoint(folder), storage: storage, activations: activations)
  }

  /// The same of files that are open already.
  init(
    _ model: ModelConfiguration, in checkpoint: Checkpoint, storage: WeightStorage,
    activations: StoredMatrix.Activations
  ) throws {
    let weights = CheckpointWeights(checkpoint: checkpoint, storage: storage, activations: activations)
    try self.init(DecoderConfiguration(model), weights: weights)
  }

  /// Writes `config.json` and `model.safetensors` as published models have them, so that
  /// `Decoder(folder:)` and others can read them. Weights first: a folder with a configuration is
  /// complete.
  ///
  /// - Parameters:
  ///   - metadata: further facts about the weights.
  ///   - type: `.float32`, or `.bfloat16`, which rounds.
  ///   - ends: the tokens that end a text.
  /// - Throws: `CheckpointError.unwritable`.
  /// - Precondition: all weights are trainable, and a published kind of model computes what this one does.
  public func write(
    to folder: String, metadata: [String: String] = [:], as type: StoredType = .float32, ends: [Int] = []
  ) throws {
    guard var model = ModelConfiguration(configuration) else {
      preconditionFailure("no published kind of model computes \(configuration)")
    }
    model.end = ends
    let weights = parameters
    let count = weights.reduce(0) { $0 + $1.tensor.count }
    precondition(
      count == configuration.parameterCount, "\(count) of \(configuration.parameterCount) weights are trainable")
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.unwritable(file: folder, reason: error.localizedDescription)
    }
    let tensors = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) })
    try Checkpoint.write(tensors, metadata: metadata, as: type, to: "\(folder)/model.safetensors")
    try model.write(to: "\(folder)/config.json", as: type)
  }
}
