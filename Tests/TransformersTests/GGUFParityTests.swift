import Checkpoints
import Foundation
import Models
import Tensors
import Testing
import Transformers

/// The same weights as GGUF files (Tests/Fixtures/GGUF/make.py), whose reference is that of the folders.
@Suite struct `A decoder from a GGUF file` {
  static let names = ["llama3", "llama-linear", "qwen2", "qwen2-yarn", "qwen3"]

  /// 1e-4: sums of a few dozen float32 products in another order, through two layers. Were the rows of `llama` left in
  /// pairs, every logit would be another.
  @Test(arguments: names, [WeightStorage.trainable, .stored])
  func `has the logits of its reference`(_ name: String, _ storage: WeightStorage) throws {
    let reference = try Reference(name)
    let decoder = try Decoder(folder: fixture(name), storage: storage) { Issue.record("\($0)") }
    let states = decoder.states(of: reference.numbers.tokens.map { Passage($0) })
    let expected = try reference.tensor("logits")
    #expect(distance(decoder.logits(of: states).reshaped(expected.shape), from: expected) < 1e-4)
  }

  @Test(arguments: names) func `writes its sixty-four likeliest tokens`(_ name: String) throws {
    let reference = try Reference(name)
    let decoder = try Decoder(folder: fixture(name), storage: .stored)
    let written = decoder.continuations(of: [GenerationRequest(reference.numbers.prompt, limit: 64)])
    #expect(written.map(\.tokens) == [reference.numbers.greedy])
  }

  @Test func `is written as a folder that computes the same`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-gguf-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }  // the system clears what is left
    let decoder = try Decoder(folder: fixture("llama3"))
    try decoder.write(to: folder.path)
    let tokens = [Passage([1, 5, 9, 2])]
    let again = try Decoder(folder: folder.path)
    #expect(again.logits(of: again.states(of: tokens)) == decoder.logits(of: decoder.states(of: tokens)))
  }

  private func fixture(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/GGUF/\(name).gguf").path
  }
}

/// SmolLM2-135M-Instruct in Q4_1 and Q8_0, and what PyTorch computes in double precision with its unpacked weights
/// (Tests/Fixtures/GGUF/smollm2.py).
@Suite(.enabled(if: FileManager.default.fileExists(atPath: SmolLM2.file), "needs a real model: run make model"))
struct `A real model from its GGUF file` {
  /// 1e-4 where the largest logit is 32.75: float32 sums of 576 to 1,536 products, through thirty layers.
  @Test(arguments: [WeightStorage.trainable, .stored])
  func `has the logits of its reference`(_ storage: WeightStorage) throws {
    let reference = try SmolLM2.reference()
    let decoder = try Decoder(folder: SmolLM2.file, storage: storage) { Issue.record("\($0)") }
    let logits = decoder.logits(of: decoder.states(of: [Passage(reference.ids)]))
    #expect(logits.shape == [reference.ids.count, 49_152])
    var most: Float = 0
    for (row, expected) in reference.logits.enumerated() {
      let found = logits.scalars[(row * 49_152)..<((row + 1) * 49_152)]
      for (place, value) in zip(reference.places, expected) {
        most = max(most, abs(found[found.startIndex + place] - value))
      }
      #expect(found.indices.max { found[$0] < found[$1] } == found.startIndex + reference.likeliest[row])
    }
    #expect(most < 1e-4)
  }

  /// The folder that smollm2_folder.py writes of the unpacked weights, with the rows of queries and keys in halves.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: SmolLM2.folder + "/config.json"), "run smollm2_folder.py"))
  func `as a folder of safetensors has the logits and the likeliest tokens of its reference`() throws {
    let reference = try SmolLM2.reference()
    let decoder = try Decoder(folder: SmolLM2.folder, storage: .trainable) { Issue.record("\($0)") }
    let logits = decoder.logits(of: decoder.states(of: [Passage(reference.ids)]))
    var most: Float = 0
    for (row, expected) in reference.logits.enumerated() {
      for (place, value) in zip(reference.places, expected) {
        most = max(most, abs(logits.scalars[row * 49_152 + place] - value))
      }
    }
    #expect(most < 1e-4)
    let written = decoder.continuations(of: [GenerationRequest(reference.ids, limit: 64)])
    #expect(written.map(\.tokens) == [reference.greedy])
  }

  @Test(arguments: [StoredMatrix.Activations.exact])
  func `writes its sixty-four likeliest tokens`(_ activations: StoredMatrix.Activations) throws {
    let reference = try SmolLM2.reference()
    let decoder = try Decoder(folder: SmolLM2.file, storage: .stored, activations: activations)
    let written = decoder.continuations(of: [GenerationRequest(reference.ids, limit: 64)])
    #expect(written.map(\.tokens) == [reference.greedy])
  }
}

enum SmolLM2 {
  struct Numbers: Decodable {
    var ids: [Int]
    var places: [Int]
    var greedy: [Int]
    var likeliest: [Int]
    var logits: [[Float]]
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = root.appending(path: "models/SmolLM2-135M-Instruct").path
  static let file = root.appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf").path

  static func reference() throws -> Numbers {
    try JSONDecoder().decode(
      Numbers.self, from: Data(contentsOf: root.appending(path: "Tests/Fixtures/GGUF/smollm2.json")))
  }
}
