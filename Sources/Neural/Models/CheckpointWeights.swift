import Basics
import Checkpoints
import Foundation
import Synchronization
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
  private let asked = Asked()

  init(checkpoint: Checkpoint, storage: WeightStorage = .trainable, activations: StoredMatrix.Activations = .exact) {
    self.checkpoint = checkpoint
    self.storage = storage
    self.activations = activations
  }

  /// The names that were asked for so far.
  var used: Set<String> { asked.names.withLock { $0 } }

  private final class Asked: Sendable {
    let names = Mutex<Set<String>>([])
  }

  func vector(_ name: String, count: Int) throws -> Tensor {
    asked.names.withLock { _ = $0.insert(name) }
    return try checkpoint.tensor(name, shape: [count])
  }

  func matrix(_ name: String, rows: Int, columns: Int) throws -> Weight {
    asked.names.withLock { _ = $0.insert(name) }
    let stored = try checkpoint.stored(name, shape: [rows, columns])
    // Copied bytes need not stay in memory twice.
    switch storage {
    case .trainable:
      defer { stored.leave() }
      return .tensor(try stored.tensor())
    case .stored: return .stored(try stored.matrix(), activations: activations)
    case .int8(let group):
      defer { stored.leave() }
      return .stored(try stored.quantised(group: group), activations: activations)
    }
  }
}

extension Decoder {
  /// A published model: `config.json` and safetensors of a folder.
  ///
  /// - Parameters:
  ///   - storage: how matrices are held; only trainable ones learn.
  ///   - activations: the arithmetic of the left side of products with stored matrices.
  ///   - warn: told what configuration and tensors say against each other, a sentence each. The tensors are used.
  /// - Throws: `CheckpointError`: which file, which field or tensor, what was expected and found.
  public init(
    folder: String, storage: WeightStorage = .trainable, activations: StoredMatrix.Activations = .exact,
    warn: (String) -> Void = { _ in }
  ) throws {
    var model = try ModelConfiguration(folder)
    let checkpoint = try Checkpoint(folder)
    try model.settle(with: checkpoint).forEach(warn)
    try self.init(model, in: checkpoint, storage: storage, activations: activations, warn: warn)
  }

  /// The same of files that are open already and a configuration that is settled with them.
  init(
    _ model: ModelConfiguration, in checkpoint: Checkpoint, storage: WeightStorage,
    activations: StoredMatrix.Activations, warn: (String) -> Void
  ) throws {
    let weights = CheckpointWeights(checkpoint: checkpoint, storage: storage, activations: activations)
    try self.init(DecoderConfiguration(model), weights: weights)
    try model.unused(of: checkpoint, besides: weights.used).forEach(warn)
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
      throw CheckpointError.unwritable(file: folder, reason: error.systemReason)
    }
    let tensors = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) })
    try Checkpoint.write(tensors, metadata: metadata, as: type, to: "\(folder)/model.safetensors")
    try model.write(to: "\(folder)/config.json", as: type)
  }
}
