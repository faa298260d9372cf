import Checkpoints
import Foundation
import Palimpsest
import Testing

@Suite struct `A hostile GGUF file` {
  @Test func `says file, tensor, rule, what was expected, what was found and what to do`() throws {
    let error = #expect(throws: CheckpointError.self) {
      try openedGGUF(GGUFFile().tensor("blk.0.attn_q.weight", [16], type: 2, data: 18).bytes)
    }
    #expect(
      error?.description == "test.gguf, “blk.0.attn_q.weight”: a row is a whole number of blocks: expected rows of a "
        + "multiple of 32 weights (Q4_0), found 16; the file is cut off or damaged; copy it again")
  }

  /// Every place of the header, where keys and tensors begin and end, and places among the weights.
  @Test(arguments: ["llama3", "qwen3"]) func `cut anywhere is refused and named`(_ name: String) throws {
    let bytes = Array(try Data(contentsOf: ggufFixture("\(name).gguf")))
    var refused = 0
    for length in Array(0..<24_000) + Array(stride(from: 24_000, to: bytes.count, by: 97)) + [bytes.count - 1] {
      let error = #expect(throws: CheckpointError.self, "cut at \(length)") { try openedGGUF(Array(bytes[..<length])) }
      if case .broken(_, let file, _, _, _)? = error, file == "test.gguf" { refused += 1 }
    }
    #expect(refused > 24_000)
  }

  /// What is read from an accepted file must lie within it, so accepted mutants are read to the end.
  @Test func `made by changing bytes of a sound one is refused or read, and never traps`() throws {
    let isLong = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil
    var random = SeededGenerator(seed: 4, purpose: "GGUF mutants")
    var refused: [Rule: Int] = [:]
    var accepted = 0
    for _ in 0..<(isLong ? 1_000_000 : 10_000) {
      let mutant = GGUFMutant.next(using: &random)
      do {
        let file = try openedGGUF(mutant)
        accepted += 1
        for tensor in file.tensors.values { #expect(try tensor.tensor().scalars.count == tensor.count) }
        for value in file.metadata.values { readToTheEnd(value) }
        // Broken as a model or not, it is no reason to trap.
        _ = try? ModelConfiguration(file)
        _ = try? GGUFVocabulary(file)
        _ = try? file.published()
      } catch CheckpointError.broken(let rule, _, _, _, _) {
        refused[rule, default: 0] += 1
      }
    }
    // Were nothing accepted, or all refused by one rule, the campaign would look at the door only.
    #expect(accepted > 50)
    #expect(refused.count >= 12)
  }
}

private func readToTheEnd(_ value: GGUFValue) {
  guard case .list(let list) = value else { return }
  #expect(list.values?.count ?? list.lists?.count == list.count)
  _ = (list.texts, list.wholes, list.reals)
  list.lists?.forEach { readToTheEnd(.list($0)) }
}

/// Sound files with some of their bytes, numbers or words changed.
enum GGUFMutant {
  static let sound: [[UInt8]] = [
    GGUFFile().key("general.architecture", GGUFFile.string("llama")).key("llama.block_count", GGUFFile.uint32(1))
      .key("llama.embedding_length", GGUFFile.uint32(32)).key("llama.context_length", GGUFFile.uint32(8))
      .key("llama.feed_forward_length", GGUFFile.uint32(2)).key("llama.attention.head_count", GGUFFile.uint32(2))
      .tensor("token_embd.weight", [32, 4], data: 512).tensor(
        "blk.0.attn_q.weight", [32, 2], type: 8, offset: 512, data: 68
      )
      .tensor("rope_freqs.weight", [8], offset: 608, data: 32).bytes,
    GGUFFile().with { $0.version = 2 }.key("tokenizer.ggml.tokens", GGUFFile.strings(["a", "é", ""]))
      .key("tokenizer.ggml.model", GGUFFile.string("gpt2")).key("tokenizer.ggml.eos_token_id", GGUFFile.uint32(1))
      .key("b", GGUFFile.list(7, [[0], [1]])).key("n", GGUFFile.nested(3)).tensor("a", [256, 2], type: 12, data: 288)
      .bytes,
    GGUFFile().with { $0.alignment = 64 }.key("general.alignment", GGUFFile.uint32(64)).tensor(
      "x", [2, 3], type: 1, data: 12
    )
    .tensor("y", [256], type: 14, offset: 64, data: 210).bytes,
  ]

  private static let numbers: [UInt64] = [
    0, 1, 2, 3, 4, 7, 8, 9, 12, 16, 31, 32, 33, 64, 255, 256, 1 << 31, 1 << 32, 1 << 61, 1 << 62, 1 << 63, .max,
    .max - 31,
  ]

  static func next(using random: inout SeededGenerator) -> [UInt8] {
    var bytes = sound[Int.random(in: 0..<sound.count, using: &random)]
    for _ in 0..<Int.random(in: 1...3, using: &random) where bytes.count > 8 {
      let place = Int.random(in: 0..<min(bytes.count, 420), using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = .random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2:
        // A number of four or eight bytes somewhere: counts, lengths, types and offsets are such.
        let number = numbers[Int.random(in: 0..<numbers.count, using: &random)]
        let size = Bool.random(using: &random) ? 4 : 8
        for index in 0..<size where place + index < bytes.count {
          bytes[place + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))
        }
      case 3: bytes.removeSubrange(place..<min(place + Int.random(in: 1...12, using: &random), bytes.count))
      case 4:
        let other = sound[Int.random(in: 0..<sound.count, using: &random)]
        let from = Int.random(in: 0..<other.count, using: &random)
        bytes.insert(contentsOf: other[from..<min(from + 24, other.count)], at: place)
      default: bytes.removeLast(min(bytes.count, Int.random(in: 1...64, using: &random)))
      }
    }
    return bytes
  }
}
