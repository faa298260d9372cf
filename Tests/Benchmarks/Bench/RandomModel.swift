import Checkpoints
import Foundation
import Models
import Tensors
import Transformers

/// A model of the shape of Qwen2.5-0.5B whose weights are noise: what it computes is nothing, in the usual time.
enum RandomModel {
  enum Format: CaseIterable {
    case bf16, int8

    /// A weight takes so many, its share of a scale included.
    var bytes: Double { self == .bf16 ? 2 : 1 + 4.0 / 128 }
    var arithmetic: Capacity.Arithmetic { self == .bf16 ? .bfloat16 : .int8 }
  }

  static let configuration: DecoderConfiguration = {
    var configuration = DecoderConfiguration(
      vocabulary: 151_936, width: 896, innerWidth: 4864, layers: 24, heads: 14, keyHeads: 2, contextLength: 32_768,
      rotary: Rotary(base: 1_000_000))
    configuration.hasInputBias = true
    return configuration
  }()

  /// Where the model lies; it is made where it is missing.
  static func folder() throws -> String {
    let folder = ProcessInfo.processInfo.environment["BENCH_MODEL"] ?? ".build-bench/qwen2-0.5b"
    if !FileManager.default.fileExists(atPath: "\(folder)/config.json") { try writeModel(to: folder) }
    return folder
  }

  static func decoder(_ folder: String, _ format: Format) throws -> Decoder {
    try Decoder(folder: folder, storage: format == .bf16 ? .stored : .int8(), activations: .rounded)
  }

  /// Bytes a second that the threads there are can read, measured now.
  static var bandwidth: Double {
    let bytes = [UInt8](repeating: 1, count: 1 << 28)
    return bytes.withUnsafeBytes { bytes in best(Double(bytes.count)) { Int(truncatingIfNeeded: Capacity.read(bytes)) }
    }
  }

  /// Operations a second that they can do.
  static func operations(_ arithmetic: Capacity.Arithmetic) -> Double {
    let (some, threads) = (1 << 30, Threads.count)
    return best(Double(some * threads)) {
      parallel(threads) { _ in _ = Capacity.compute(arithmetic, operations: some) }
      return 0
    }
  }

  private static func best(_ amount: Double, _ body: () -> Int) -> Double {
    (0..<5).map { _ in
      let begin = Measurement.Clock.wall.seconds
      if body() == .min { print("#") }
      return amount / (Measurement.Clock.wall.seconds - begin)
    }.max() ?? 0
  }
}

/// Writes the random model as published ones are written, in bf16.
func writeModel(to folder: String) throws {
  try Decoder(RandomModel.configuration, weights: NoiseWeights()).write(to: folder, as: .bfloat16)
}

/// Gains of one, biases of zero, matrices of noise.
private struct NoiseWeights: WeightSource {
  func vector(_ name: String, count: Int) -> Tensor {
    Tensor(repeating: name.hasSuffix("norm.weight") ? 1 : 0, shape: [count])
  }

  func matrix(_ name: String, rows: Int, columns: Int) -> Weight {
    var random = Noise(state: name.utf8.reduce(1) { $0 &* 31 &+ UInt64($1) })
    return .tensor(random.matrix(rows, columns))
  }
}
