import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct `The configuration in a GGUF file` {
  private typealias File = GGUFFile

  /// The folder that the fixture was made of says the same.
  @Test(arguments: ["llama3", "llama-linear", "qwen2", "qwen2-yarn", "qwen3"])
  func `is that of the folder it was made of`(_ name: String) throws {
    var found = try ModelConfiguration(ggufFixture("\(name).gguf").path)
    var expected = try ModelConfiguration(
      ggufFixture("").deletingLastPathComponent().appending(path: "Transformers/\(name)").path)
    // The fixture's vocabulary has a beginning and an end.
    expected.begin = [0]
    expected.end = [1]
    let width = expected.headWidth
    for (a, b) in zip(found.rotary.frequencies(width: width), expected.rotary.frequencies(width: width)) {
      #expect(abs(a - b) <= 1e-6 * abs(b))
    }
    #expect(abs(found.rotary.attention - expected.rotary.attention) < 1e-6)
    if name == "llama3" {
      #expect(found.rotary.scaling != expected.rotary.scaling)
    } else {
      #expect(found.rotary == expected.rotary)
    }
    found.rotary = expected.rotary
    #expect(found == expected)
  }

  @Test func `with Llama 3's divisors is written and read again`() throws {
    let scratch = try Scratch()
    let model = try ModelConfiguration(ggufFixture("llama3.gguf").path)
    try model.write(to: scratch.path("config.json"))
    #expect(try ModelConfiguration(scratch.folder.path) == model)
  }

  private let base = File().key("general.architecture", File.string("llama")).key("llama.block_count", File.uint32(2))
    .key("llama.embedding_length", File.uint32(32)).key("llama.context_length", File.uint32(8))
    .key("llama.feed_forward_length", File.uint32(2)).tensor("token_embd.weight", [32, 4], data: 512)

  @Test func `may have a number for each layer where they are equal`() throws {
    let list = { (numbers: [UInt32]) in File.list(4, numbers.map { File.number($0) }) }
    let model = try ModelConfiguration(openedGGUF(base.key("llama.attention.head_count", list([4, 4])).bytes))
    #expect(model.heads == 4 && model.keyHeads == 4 && model.headWidth == 8 && model.isTied && model.vocabulary == 4)
    let other = try openedGGUF(base.key("llama.attention.head_count", list([4, 2])).bytes)
    #expect(throws: CheckpointError.self) { try ModelConfiguration(other) }
  }

  @Test(arguments: [
    ("llama.attention.head_count_kv", File.uint32(3)), ("llama.attention.key_length", File.uint32(7)),
    ("llama.attention.value_length", File.uint32(16)), ("llama.rope.dimension_count", File.uint32(4)),
    ("llama.expert_count", File.uint32(8)), ("llama.attention.sliding_window", File.uint32(4096)),
    ("llama.logit_scale", File.real(2)), ("llama.attention.causal", File.bool(0)),
    ("llama.rope.scaling.type", File.string("longrope")), ("general.type", File.string("adapter")),
    ("llama.rope.scaling.factor", File.real(0.5)),
  ]) func `that asks for what is not computed is refused by key`(_ key: String, _ value: [UInt8]) throws {
    let file = try openedGGUF(base.key("llama.attention.head_count", File.uint32(4)).key(key, value).bytes)
    let error = #expect(throws: CheckpointError.self) { try ModelConfiguration(file) }
    guard case .unsupported("test.gguf", key, _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [("gemma2", "“gemma2”"), ("mamba", "“mamba”")])
  func `of another architecture is refused`(_ name: String, _ found: String) throws {
    let file = try openedGGUF(File().key("general.architecture", File.string(name)).bytes)
    #expect(
      throws: CheckpointError.unsupported(
        file: "test.gguf", key: "general.architecture", expected: "one of llama, qwen2, qwen3", found: found)
    ) { try ModelConfiguration(file) }
  }

  @Test func `that lacks a number or has one of another kind is refused by key`() throws {
    let without = try openedGGUF(base.bytes)
    let wrong = try openedGGUF(base.key("llama.attention.head_count", File.string("4")).bytes)
    for (file, found) in [(without, "no such key"), (wrong, "“4”")] {
      let error = #expect(throws: CheckpointError.self) { try ModelConfiguration(file) }
      guard case .broken(.valueKind, "test.gguf", "llama.attention.head_count", _, found)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test func `has sampling settings where their authors gave some`() throws {
    let file = try openedGGUF(
      File().key("general.sampling.temp", File.real(0.5)).key("general.sampling.top_k", File.uint32(20))
        .key("tokenizer.ggml.eos_token_id", File.uint32(3)).key("tokenizer.ggml.eot_token_id", File.uint32(4)).bytes)
    let generation = try GenerationConfiguration(file)
    #expect(generation.isSampled && generation.temperature == 0.5 && generation.topK == 20)
    #expect(generation.end == [3, 4])
    #expect(try GenerationConfiguration(openedGGUF(File().bytes)) == GenerationConfiguration())
  }

  @Test func `puts the rows of queries and keys back in their order`() throws {
    // One head of 4 rows: the file has the rows 0, 2, 1, 3.
    let rows: [Float] = [0, 2, 1, 3]
    let data = zeros(512) + littleEndian(rows.flatMap { [Float](repeating: $0, count: 32) }) + littleEndian(rows)
    let file = try openedGGUF(
      base.key("llama.attention.head_count", File.uint32(8)).tensor(
        "blk.0.attn_q.weight", [32, 4], offset: 512, data: 512
      )
      .tensor("blk.0.attn_k.bias", [4], offset: 1024, data: 16).with { $0.data = data }.bytes)
    let tensors = try file.published()
    let query = try #require(tensors["model.layers.0.self_attn.q_proj.weight"])
    #expect(try query.tensor().scalars == (0..<4).flatMap { [Float](repeating: Float($0), count: 32) })
    #expect(try query.matrix().tensor() == query.tensor())
    #expect(try tensors["model.layers.0.self_attn.k_proj.bias"]?.tensor().scalars == [0, 1, 2, 3])
  }

  @Test func `says which file to name where a folder has one`() throws {
    let scratch = try Scratch()
    try scratch.write(base.bytes, "tiny.gguf")
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(scratch.folder.path) }
    #expect("\(try #require(error))".contains("name the file instead of its folder: \(scratch.path("tiny.gguf"))"))
  }
}
