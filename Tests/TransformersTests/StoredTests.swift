import Checkpoints
import Foundation
import Models
import Tensors
import Testing
import Transformers

@Suite struct `A decoder with stored weights` {
  private func logits(_ decoder: Decoder, _ tokens: [[Int]]) -> Tensor {
    decoder.logits(of: decoder.states(of: tokens.map { Passage($0) }))
  }

  /// A folder with the reference's weights as bf16.
  private func halved(_ name: String, _ decoder: Decoder) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-stored-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Reference.folder(name).appending(path: "config.json"), to: folder.appending(path: "config.json"))
    let weights = Dictionary(uniqueKeysWithValues: decoder.parameters.map { ($0.name, $0.tensor) })
    try Checkpoint.write(weights, as: .bfloat16, to: folder.appending(path: "model.safetensors").path)
    return folder
  }

  /// 1e-5: the same numbers, summed in another order.
  @Test(arguments: Reference.names) func `in float32 computes what one in memory does`(_ name: String) throws {
    let reference = try Reference(name)
    let stored = try Decoder(folder: Reference.folder(name).path, storage: .stored)
    let tokens = reference.numbers.tokens
    #expect(distance(logits(stored, tokens), from: logits(reference.decoder, tokens)) < 1e-5)
    #expect(stored.parameters.allSatisfy { $0.tensor.shape.count == 1 })
  }

  /// bf16 weights are just other weights: 1e-5 as above. Rounding them, and then activations, moves logits by a
  /// few of 2^-8, for each of some dozen products: 4 % in the mean square.
  @Test(arguments: Reference.names) func `in bf16 computes what its rounded weights say`(_ name: String) throws {
    let reference = try Reference(name)
    let folder = try halved(name, reference.decoder)
    defer { try? FileManager.default.removeItem(at: folder) }  // the system clears what is left
    let tokens = reference.numbers.tokens
    let inMemory = logits(try Decoder(folder: folder.path), tokens)
    #expect(distance(logits(try Decoder(folder: folder.path, storage: .stored), tokens), from: inMemory) < 1e-5)
    let rounded = try Decoder(folder: folder.path, storage: .stored, activations: .rounded)
    let expected = try reference.tensor("logits").reshaped(inMemory.shape)
    #expect(meanDistance(logits(rounded, tokens), from: expected) < 4e-2)
  }

  /// Exactly the bytes times their scales; against the reference a byte's seven bits leave 6 % in the mean square.
  @Test(arguments: Reference.names) func `in int8 computes what its bytes say, and stays near`(_ name: String) throws {
    let reference = try Reference(name)
    let folder = Reference.folder(name).path
    let tokens = reference.numbers.tokens
    let found = logits(try Decoder(folder: folder, storage: .int8(group: 64)), tokens)
    let source = Dequantised(checkpoint: try Checkpoint(folder))
    let plain = logits(try Decoder(reference.decoder.configuration, weights: source), tokens)
    #expect(distance(found, from: plain) < 1e-5)
    #expect(meanDistance(found, from: try reference.tensor("logits").reshaped(found.shape)) < 6e-2)
  }

  /// Up to sixteen rows a stored product has the same bits whatever else is multiplied.
  @Test func `writes the same whoever writes beside it`() throws {
    let reference = try Reference("qwen3")
    let stored = try Decoder(folder: Reference.folder("qwen3").path, storage: .stored)
    let request = GenerationRequest(reference.numbers.prompt, limit: 32)
    let alone = stored.continuations(of: [request])[0]
    let others = (1..<8).map { GenerationRequest([$0, 2 * $0, 3 * $0], limit: 4 * $0) }
    let among = stored.continuations(of: others + [request], width: 4).last
    #expect(among?.tokens == alone.tokens)
    #expect(alone.tokens == Array(reference.numbers.greedy.prefix(32)))
  }

  @Test func `lets gradients through to what enters, and has none of its own`() throws {
    let stored = try Decoder(folder: Reference.folder("llama3").path, storage: .stored)
    let inMemory = try Decoder(folder: Reference.folder("llama3").path)
    let vectors = Tensor((0..<96).map { Float($0 % 13) / 13 }, shape: [3, 32])
    let slopes = [stored, inMemory].map { decoder -> Tensor in
      let leaf = vectors.tracked()
      let states = decoder.states(of: [Passage([.vectors(leaf), .tokens([1, 2, 3])])])
      return gradients(of: decoder.logits(of: states).crossEntropy([-1, -1, 1, 2, 3, 4]), for: [leaf])[0]
    }
    #expect(distance(slopes[0], from: slopes[1]) < 1e-5)
  }
}

@Suite struct `A decoder of one's own` {
  @Test(arguments: Reference.names) func `is written as published ones are and read again`(_ name: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-written-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }  // the system clears what is left
    let decoder = try Reference(name).decoder
    try decoder.write(to: folder, metadata: ["step": "3"])
    let read = try Decoder(folder: folder)
    #expect(read.configuration == decoder.configuration)
    #expect(read.parameters.map(\.name) == decoder.parameters.map(\.name))
    #expect(read.parameters.map(\.tensor) == decoder.parameters.map(\.tensor))
    #expect(try Checkpoint(folder).metadata == ["step": "3"])
  }

  @Test func `that nobody publishes has no configuration`() throws {
    #expect(ModelConfiguration(try smallDecoder().configuration) == nil)
    #expect(
      ModelConfiguration(DecoderConfiguration(vocabulary: 9, width: 8, innerWidth: 8, layers: 1, heads: 2))?.family
        == .llama)
  }
}

/// The numbers that the bytes of a quantised checkpoint stand for.
struct Dequantised: WeightSource {
  var checkpoint: Checkpoint

  func vector(_ name: String, count: Int) throws -> Tensor { try checkpoint.tensor(name) }

  func matrix(_ name: String, rows: Int, columns: Int) throws -> Weight {
    .tensor(try checkpoint.matrix(name).quantised(group: 64).tensor())
  }
}
