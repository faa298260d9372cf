import Basics
import Checkpoints
import Foundation
import Tensors
import Transformers

extension Adapter {
  /// A published adapter: `adapter_config.json` and `adapter_model.safetensors` of a folder, as PEFT writes them.
  ///
  ///     let adapter = try Adapter(folder: "adapters/poems", for: decoder.configuration)
  ///     let logits = decoder.logits(of: decoder.states(of: [Passage(tokens, adapter: adapter)]))
  ///
  /// - Throws: `CheckpointError`: which file, which field or tensor, what was expected and found.
  public init(folder: String, for decoder: DecoderConfiguration) throws {
    let configuration = try AdapterConfiguration(folder)
    let file = "\(folder)/adapter_model.safetensors"
    guard FileManager.default.fileExists(atPath: file) else {
      throw CheckpointError.unreadable(
        file: file,
        reason: "there is no such file; an adapter in another format (adapter_model.bin) has to be converted to "
          + "safetensors first")
    }
    let tensors = AdapterTensors(configuration: configuration, decoder: decoder, file: try Safetensors(file))
    self.init(try tensors.changes(), isRankStabilised: configuration.isRankStabilised)
  }

  /// Writes `adapter_model.safetensors` and then `adapter_config.json`, which PEFT and others read: a folder
  /// with a configuration is complete.
  ///
  /// - Parameter base: the name or folder of the model it belongs to, for the readers of the file.
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to folder: String, base: String? = nil) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.unwritable(file: folder, reason: error.systemReason)
    }
    let tensors = parameters.map { (AdapterTensors.prefix + $0.name, $0.tensor) }
    try Checkpoint.write(
      Dictionary(uniqueKeysWithValues: tensors), metadata: ["format": "pt"],
      to: "\(folder)/adapter_model.safetensors")
    try configuration(base: base).write(to: "\(folder)/adapter_config.json")
  }

  /// What is common to most changes, and the exceptions.
  private func configuration(base: String?) -> AdapterConfiguration {
    let places = changes.keys.sorted()
    let rank = Self.commonest(places.compactMap { changes[$0]?.rank }) ?? 1
    let alpha = Self.commonest(places.compactMap { changes[$0]?.alpha }) ?? 1
    func exceptions(_ value: (LowRankChange) -> Double?) -> [AdapterConfiguration.Exception] {
      places.compactMap { place in
        changes[place].flatMap(value).map { .init(module: place.name, value: $0) }
      }
    }
    // The short names, where every layer that has one of the matrices has all of them.
    let (layers, matrices) = (Set(places.map(\.layer)), Set(places.map(\.matrix)))
    let isEven = places.count == layers.count * matrices.count
    let names = matrices.map { String($0.rawValue.drop { $0 != "." }.dropFirst()) }
    var configuration = AdapterConfiguration(
      rank: rank, alpha: Double(alpha), targets: .names(isEven ? names.sorted() : places.map(\.name)),
      isRankStabilised: isRankStabilised, ranks: exceptions { $0.rank == rank ? nil : Double($0.rank) },
      alphas: exceptions { $0.alpha == alpha ? nil : Double($0.alpha) }, base: base)
    configuration.layers = isEven ? layers.sorted() : nil
    return configuration
  }

  private static func commonest<Value: Hashable & Comparable>(_ values: [Value]) -> Value? {
    let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }
}

/// The tensors of an adapter's file, checked against its configuration and the model's.
struct AdapterTensors {
  let configuration: AdapterConfiguration
  let decoder: DecoderConfiguration
  let file: Safetensors

  /// Stands before the model's own names of modules.
  static let prefix = "base_model.model."

  private func fault(_ rule: Rule, _ tensor: String, expected: String, found: String) -> CheckpointError {
    .broken(rule, file: file.file, tensor: tensor, expected: expected, found: found)
  }

  func changes() throws -> [Adapter.Place: LowRankChange] {
    var left = Set(file.tensors.keys)
    var changes: [Adapter.Place: LowRankChange] = [:]
    for layer in 0..<decoder.layers {
      for matrix in Adapter.Matrix.allCases {
        let place = Adapter.Place(layer: layer, matrix: matrix)
        let (down, up) = (name(place, "A"), name(place, "B"))
        let isThere = left.remove(down) != nil || left.contains(up)
        left.remove(up)
        switch (isThere, configuration.hasTarget(place.name, layer: layer)) {
        case (true, false?):
          throw fault(
            .adapterTargets, down, expected: "no change of \(place.name), which target_modules does not name",
            found: "one")
        case (false, true?):
          throw fault(.adapterTargets, down, expected: "a change of every target", found: "none")
        case (true, _): changes[place] = try change(at: place)
        case (false, _): continue
        }
      }
    }
    if let other = left.min() { throw foreign(other) }
    guard !changes.isEmpty else {
      throw CheckpointError.broken(
        .adapterTargets, file: file.file, tensor: nil, expected: "a change at least", found: "no tensors")
    }
    return changes
  }

  private func name(_ place: Adapter.Place, _ letter: String) -> String {
    "\(Self.prefix)\(place.name).lora_\(letter).weight"
  }

  private func change(at place: Adapter.Place) throws -> LowRankChange {
    let (rows, columns) = decoder.shape(of: place.matrix)
    let rank = configuration.rank(of: place.name)
    return LowRankChange(
      down: try tensor(name(place, "A"), [rank, columns]), up: try tensor(name(place, "B"), [rows, rank]),
      alpha: Float(configuration.alpha(of: place.name)))
  }

  private func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
    guard let stored = file.tensors[name] else {
      throw fault(.present, name, expected: "A and B of every change", found: "only one of them")
    }
    try stored.checkShape(shape)
    try stored.checkFinite()
    return try stored.tensor()
  }

  /// A tensor that belongs to no change: what it may be.
  private func foreign(_ name: String) -> CheckpointError {
    let expected =
      if name.contains("lora_magnitude_vector") {
        "no magnitudes: DoRA is not supported; merge the adapter into its base with PEFT"
      } else if name.contains("lora_embedding") || name.contains("lm_head") || name.contains("embed_tokens") {
        "changes of matrices of layers only; merge the adapter into its base with PEFT"
      } else {
        "\(Self.prefix)model.layers.N.MATRIX.lora_A.weight or lora_B, with N below \(decoder.layers) and one of "
          + Adapter.Matrix.allCases.map(\.rawValue).joined(separator: ", ")
      }
    return fault(.adapterName, name, expected: expected, found: "this name")
  }
}
