import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct `A GGUF file` {
  private typealias File = GGUFFile

  @Test(arguments: [2, 3] as [UInt32]) func `gives metadata of every type`(_ version: UInt32) throws {
    func typed(_ type: UInt32, _ bytes: [UInt8]) -> [UInt8] { File.number(type) + bytes }
    let file = try openedGGUF(
      File().with { $0.version = version }.key("u8", typed(0, [200])).key("i8", typed(1, [200]))
        .key("u16", typed(2, File.number(60_000 as UInt16))).key("i16", typed(3, File.number(-2 as Int16)))
        .key("u32", File.uint32(.max)).key("i32", typed(5, File.number(-3 as Int32))).key("f32", File.real(0.5))
        .key("bool", File.bool(1)).key("text", File.string("größer")).key("u64", typed(10, File.number(UInt64.max)))
        .key("i64", typed(11, File.number(Int64.min))).key("f64", typed(12, File.number((1e300).bitPattern))).bytes)
    #expect(file.version == Int(version))
    let found = file.metadata.mapValues { "\($0)" }
    #expect(
      found == [
        "u8": "unsigned(200)", "i8": "signed(-56)", "u16": "unsigned(60000)", "i16": "signed(-2)",
        "u32": "unsigned(4294967295)", "i32": "signed(-3)", "f32": "real(0.5)", "bool": "bool(true)",
        "text": #"text("größer")"#, "u64": "unsigned(18446744073709551615)", "i64": "signed(-9223372036854775808)",
        "f64": "real(1e+300)",
      ])
  }

  @Test func `gives lists of texts, numbers and lists`() throws {
    let inner = { (numbers: [UInt16]) in
      File.number(2 as UInt32) + File.number(UInt64(numbers.count)) + numbers.flatMap { File.number($0) }
    }
    let file = try openedGGUF(
      File().key("texts", File.strings(["a", "", "ж"])).key("none", File.list(8, []))
        .key("reals", File.list(6, [File.number((0.25 as Float).bitPattern), File.number((2 as Float).bitPattern)]))
        .key("wholes", File.list(5, [File.number(-1 as Int32), File.number(7 as Int32)]))
        .key("large", File.list(10, [File.number(UInt64.max)])).key("lists", File.list(9, [inner([1, 2]), inner([])]))
        .bytes)
    func list(_ key: String) throws -> GGUFList {
      guard case .list(let list)? = file.metadata[key] else { throw try #require(nil as CheckpointError?) }
      return list
    }
    #expect(try list("texts").texts == ["a", "", "ж"])
    #expect(try list("texts").wholes == nil && list("none").texts == [])
    #expect(try list("reals").reals == [0.25, 2])
    #expect(try list("wholes").wholes == [-1, 7] && list("wholes").reals == [-1, 7] && list("wholes").texts == nil)
    #expect(try list("large").wholes == nil)
    #expect(try list("lists").lists?.map(\.wholes) == [[1, 2], []] && list("lists").values == nil)
  }

  @Test func `gives tensors with their rows first, wherever they lie`() throws {
    var data = littleEndian([1, 2, 3, 4, 5, 6] as [Float]) + zeros(104)
    data += littleEndian([0x3c00, 0xc000] as [UInt16])
    let file = try openedGGUF(
      File().with { $0.alignment = 64 }.key("general.alignment", File.uint32(64)).tensor("b", [2], type: 1, offset: 128)
        .tensor("a", [3, 2], offset: 0, data: 24).with { $0.data = data }.bytes)
    #expect(try file.tensors["a"]?.tensor() == Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    #expect(try file.tensors["b"]?.tensor().scalars == [1, -2])
  }

  @Test func `without tensors ends with its header`() throws {
    #expect(try openedGGUF(File().key("general.name", File.string("empty")).bytes).tensors.isEmpty)
  }

  struct Blocks: Decodable {
    var blocks: String
    var weights: String
  }

  /// Every product of a scale and a weight's bits is exact and is rounded once at most, so the bits agree.
  @Test(arguments: BlockFormat.allCases)
  func `has blocks with the weights that the package gguf finds in them`(_ format: BlockFormat) throws {
    let all = try JSONDecoder().decode([String: Blocks].self, from: Data(contentsOf: ggufFixture("blocks.json")))
    let golden = try #require(all[format.rawValue])
    let (blocks, weights) = (bytes(of: golden.blocks), bytes(of: golden.weights))
    #expect(blocks.count == 3 * format.bytes && weights.count == 3 * format.length * 4)
    let type = try #require([2, 3, 6, 7, 8, 12, 13, 14].first { ofGGUF[$0] == format } as UInt32?)
    let file = try openedGGUF(
      File().tensor("a", [UInt64(format.length), 3], type: type, data: blocks.count).with { $0.data = blocks }.bytes)
    let tensor = try #require(file.tensors["a"])
    #expect(littleEndian(try tensor.tensor().scalars) == weights)
    #expect(tensor.type.blocks == format && tensor.shape == [3, format.length])
    // As a matrix: in place, or rounded to bf16.
    let matrix = try tensor.matrix()
    let exact = try tensor.tensor()
    if format.isMultiplied {
      #expect(matrix.format == .blocks(format) && matrix.tensor() == exact && matrix.bytes == blocks.count)
    } else {
      #expect(matrix.format == .bfloat16 && matrix.tensor() == StoredMatrix(exact).rounded().tensor())
    }
    #expect(try tensor.quantised(group: 128).tensor() == StoredMatrix(exact).quantised(group: 128).tensor())
  }

  private let ofGGUF: [UInt32: BlockFormat] = [
    2: .q40, 3: .q41, 6: .q50, 7: .q51, 8: .q80, 12: .q4k, 13: .q5k, 14: .q6k,
  ]

  private func bytes(of hex: String) -> [UInt8] {
    let digits = hex.utf8.map { UInt8($0 < 0x40 ? $0 - 0x30 : $0 - 0x57) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test func `is searched for scales that are no numbers`() throws {
    var blocks = zeros(3 * 34)
    blocks[69] = 0x7c
    let file = try openedGGUF(File().tensor("a", [96], type: 8, data: 102).with { $0.data = blocks }.bytes)
    #expect(
      throws: CheckpointError.broken(
        .finite, file: "test.gguf", tensor: "a", expected: "finite numbers", found: "infinity or NaN at number 64 of 96"
      )
    ) { try #require(file.tensors["a"]).checkFinite() }
  }

  @Test func `gives its vocabulary`() throws {
    let vocabulary = try GGUFVocabulary(GGUF(ggufFixture("qwen2.gguf").path))
    #expect(vocabulary.model == "gpt2" && vocabulary.preTokenizer == "qwen2")
    #expect(vocabulary.tokens.count == 64 && vocabulary.tokens.prefix(4) == ["<|begin|>", "<|end|>", "!", "\""])
    #expect(vocabulary.types == [3, 3] + [Int](repeating: 1, count: 62))
    #expect(vocabulary.merges == ["! \"", "# $"] && vocabulary.scores.isEmpty)
    #expect(vocabulary.begin == 0 && vocabulary.end == 1 && vocabulary.endOfTurn == nil)
    #expect(vocabulary.addsBegin == false && vocabulary.addsEnd == nil)
    #expect(vocabulary.chatTemplate == "{% for message in messages %}{{ message['content'] }}{% endfor %}")
  }

  @Test func `with a vocabulary that contradicts itself is refused by key`() throws {
    func refused(_ key: String, _ value: [UInt8]) throws -> String {
      let base = File().key("tokenizer.ggml.model", File.string("llama"))
      let file = try openedGGUF(
        (key == "tokens" ? base : base.key("tokenizer.ggml.tokens", File.strings(["a", "b"])))
          .key("tokenizer.ggml.\(key)", value).bytes)
      let error = #expect(throws: CheckpointError.self) { try GGUFVocabulary(file) }
      guard case .broken(.valueKind, "test.gguf", let name, _, let found)? = error else {
        return "\(String(describing: error))"
      }
      return "\(name ?? ""): \(found)"
    }
    #expect(try refused("scores", File.list(6, [zeros(4)])) == "tokenizer.ggml.scores: 1")
    #expect(try refused("token_type", File.strings(["x"])) == "tokenizer.ggml.token_type: a list of 1 (string)")
    #expect(try refused("eos_token_id", File.uint32(2)) == "tokenizer.ggml.eos_token_id: 2")
    #expect(try refused("add_bos_token", File.uint32(1)) == "tokenizer.ggml.add_bos_token: 1")
    #expect(try refused("tokens", File.string("a")) == "tokenizer.ggml.tokens: “a”")
  }
}
