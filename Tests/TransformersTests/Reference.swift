import Checkpoints
import Foundation
import Models
import Tensors
import Transformers

/// A tiny model of one family and what PyTorch computes with it: made by Tests/Fixtures/Transformers/make.py.
struct Reference: Sendable {
  struct Numbers: Decodable {
    var tokens: [[Int]]
    var prompt: [Int]
    var greedy: [Int]
    var loss: Float
    var losses: [Float]
  }

  static let names = ["qwen2", "qwen2-yarn", "qwen2-sliding", "qwen3", "llama3", "llama-linear", "mistral"]

  let decoder: Decoder
  let numbers: Numbers
  private let tensors: Checkpoint

  init(_ name: String) throws {
    let folder = Self.folder(name)
    decoder = try Decoder(folder: folder.path)
    numbers = try JSONDecoder().decode(Numbers.self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    tensors = try Checkpoint(folder.appending(path: "reference.safetensors").path)
  }

  static func folder(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/Transformers/\(name)")
  }

  func tensor(_ name: String) throws -> Tensor { try tensors.tensor(name) }
}

/// The largest difference, as a share of the largest number of the reference.
func distance(_ a: Tensor, from reference: Tensor) -> Float {
  precondition(a.shape == reference.shape, "\(a.shape) beside \(reference.shape)")
  let scale = reference.scalars.map(abs).max() ?? 0
  let most = zip(a.scalars, reference.scalars).map { abs($0 - $1) }.max() ?? 0
  return scale == 0 ? most : most / scale
}

/// The root of the mean square of differences, as a share of that of the reference.
func meanDistance(_ a: Tensor, from reference: Tensor) -> Float {
  let squares = reference.scalars.reduce(0) { $0 + $1 * $1 }
  return (zip(a.scalars, reference.scalars).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / squares).squareRoot()
}

/// A small decoder of the tests' own, with everything that is optional.
func smallDecoder(seed: UInt64 = 1, layers: Int = 2) throws -> Decoder {
  var configuration = DecoderConfiguration(
    vocabulary: 40, width: 24, innerWidth: 32, layers: layers, heads: 4, keyHeads: 2, headWidth: 8)
  configuration.hasInputBias = true
  configuration.hasHeadNorms = true
  return try Decoder(configuration, weights: RandomWeights(seed: seed, deviation: 0.3))
}

func someTokens(_ count: Int, _ seed: Int = 0) -> [Int] {
  (0..<count).map { ($0 * 17 + $0 * $0 * 5 + seed * 7 + 3) % 40 }
}
