import Checkpoints
import Foundation
import Models
import Palimpsest
import PolicyLocal
import Support
import Tensors
import Testing
import TinyModel
import Tokenizers
import Transformers

@Suite struct `A model's folder` {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func model(_ template: LanguageModel.Template = .published, available: Int? = nil) throws -> LanguageModel {
    try LanguageModel(folder: scratch.url.path, template: template, available: available)
  }

  @Test func `gives weights, vocabulary, turns and ends`() throws {
    try TinyModel.write(to: scratch.url)
    let model = try model()
    #expect(model.chat?.name.hasSuffix("tokenizer_config.json") == true)
    #expect(model.ends == Set(["<|im_end|>", "<|endoftext|>"].compactMap { model.tokenizer.id(ofAdded: $0) }))
    #expect(model.backbone.layerCount == 2)
  }

  /// The logits were off by 130 % where `lm_head` was dropped without a word.
  @Test(arguments: [WeightStorage.stored, .trainable])
  func `whose configuration ties what its tensors do not uses the tensors and says so`(
    _ storage: WeightStorage
  ) throws {
    try TinyModel.write(to: scratch.url, isTied: false)
    let own = try Decoder(folder: scratch.url.path, storage: storage)
    try rewrite("config.json") { $0["tie_word_embeddings"] = true }
    let model = try LanguageModel(folder: scratch.url.path, storage: storage)
    let passage = [Passage([1, 2, 3])]
    let logits = model.backbone.logits(of: model.backbone.states(of: passage))
    #expect(logits == own.logits(of: own.states(of: passage)))
    let warning = try #require(model.warnings.first)
    #expect(model.warnings.count == 1 && warning.contains("tie_word_embeddings: true"), "\(warning)")
    #expect(try LocalPolicy(model).warnings == model.warnings)
    var heard: [String] = []
    let decoder = try Decoder(folder: scratch.url.path, storage: storage) { heard.append($0) }
    #expect(heard == model.warnings && decoder.configuration.isTied == false)
  }

  /// As `strftime_now` is told in the turn of a model of Llama 3.1's kind.
  @Test func `whose template asks for the date is told one that does not change, a given one, or that of the run`()
    async throws
  {
    let template =
      "{{ strftime_now('%d %b %Y') }}{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}"
    try TinyModel.write(to: scratch.url, template: template)
    let model = try model()
    func turn(_ date: String?, begun: Date) async throws -> String {
      var settings = LocalPolicy.Settings()
      settings.date = date
      let reply = try await LocalPolicy(model, settings).begun(on: begun)
        .reply(to: "Hi", sampling: Sampling(maxTokens: 1), call: CallID())
      return model.tokenizer.decode(reply.promptTokens)
    }
    let first = Date(timeIntervalSince1970: 1_709_251_199)
    #expect(try await turn(nil, begun: first) == "26 Jul 2024<|im_start|>Hi<|im_end|>")
    #expect(try await turn("2026-11-28", begun: first) == "28 Nov 2026<|im_start|>Hi<|im_end|>")
    #expect(try await turn("run", begun: first) == "29 Feb 2024<|im_start|>Hi<|im_end|>")
    #expect(try await turn("run", begun: first + 1) == "01 Mar 2024<|im_start|>Hi<|im_end|>")
    var settings = LocalPolicy.Settings()
    settings.date = "yesterday"
    #expect(throws: SettingError.self) { try LocalPolicy(model, settings) }
  }

  @Test func `with the vocabulary of another model is refused with both sizes`() throws {
    try TinyModel.write(to: scratch.url)
    let rows = TinyModel.tokenizer.idEnd - 3
    try TinyModel.write(to: scratch.file("other"), vocabulary: rows)
    for name in ["model.safetensors", "config.json"] {
      try FileManager.default.removeItem(at: scratch.file(name))
      try FileManager.default.copyItem(at: scratch.file("other/\(name)"), to: scratch.file(name))
    }
    let error = #expect(throws: LocalError.self) { try model() }
    #expect(error == .strangers(folder: scratch.url.path, tokens: TinyModel.tokenizer.idEnd, rows: rows))
    let text = "\(try #require(error))"
    #expect(text.contains("ids up to \(rows + 2)") && text.contains("take both from the same checkpoint"), "\(text)")
  }

  /// A vocabulary that lacks a byte: what it costs is counted, and said once.
  @Test func `whose vocabulary lacks bytes counts the ones that its prompts lost`() async throws {
    try TinyModel.write(to: scratch.url)
    try rewrite("tokenizer.json") { root in
      guard var inner = root["model"] as? [String: Any], var ids = inner["vocab"] as? [String: Int] else { return }
      ids["~"] = nil
      inner["vocab"] = ids
      root["model"] = inner
    }
    let model = try model()
    #expect(model.tokenizer.missingBytes == 1)
    for template in ["published", "plain"] {
      var settings = LocalPolicy.Settings()
      settings.template = template
      var own = model
      if template == "plain" { own.chat = nil }
      let policy = try LocalPolicy(own, settings)
      #expect(policy.warnings == model.warnings)
      let sampling = Sampling(maxTokens: 1)
      #expect(try await policy.reply(to: "whole", sampling: sampling, call: CallID()).usage.lostBytes == nil)
      #expect(try await policy.reply(to: "a ~ b", sampling: sampling, call: CallID()).usage.lostBytes == 1)
      // Turns have tokens of their own; without them nothing is left of a text whose bytes have no token.
      if template == "published" {
        #expect(try await policy.reply(to: "~~~", sampling: sampling, call: CallID()).usage.lostBytes == 3)
      } else {
        for text in ["~~~", ""] {
          let refusal = LocalError.emptyPrompt(model: model.name)
          await #expect(throws: refusal) { try await policy.reply(to: "\(text)", sampling: sampling, call: CallID()) }
          await #expect(throws: refusal) { try await policy.score([1], after: "\(text)", insertions: []) }
        }
      }
      let said = policy.warnings.filter { !model.warnings.contains($0) }
      #expect(said.count == 1 && said[0].contains("1 of the 256 bytes"), "\(said)")
    }
  }

  @Test func `with a copy of the embedding for its projection is tied, and nothing is said`() throws {
    try TinyModel.write(to: scratch.url)
    for type in [StoredType.float32, .bfloat16] {
      try rewrite(as: type) { $0["lm_head.weight"] = $0["model.embed_tokens.weight"] }
      let model = try model()
      #expect(model.warnings.isEmpty && model.decoder?.configuration.isTied == true, "\(model.warnings)")
    }
  }

  @Test func `names every tensor that is there and not used`() throws {
    try TinyModel.write(to: scratch.url)
    try rewrite {
      for layer in 0..<2 { $0["model.layers.\(layer).self_attn.q_norm.weight"] = Tensor([1], shape: [1]) }
      $0["model.mtp.weight\n"] = Tensor([1], shape: [1])
    }
    let warning = try #require(try model().warnings.first)
    #expect(warning.contains("3 of 29 tensors are not used"), "\(warning)")
    #expect(warning.contains("“model.layers.*.self_attn.q_norm.weight” (2)"), "\(warning)")
    #expect(warning.contains("“model.mtp.weight\\u{a}”"), "\(warning)")
  }

  @Test func `takes rotary frequencies for what they are, and says where they are others`() throws {
    try TinyModel.write(to: scratch.url)
    let name = "model.layers.0.self_attn.rotary_emb.inv_freq"
    try rewrite { $0[name] = Tensor([1, 0.1, 0.01, 0.001], shape: [4]) }
    #expect(try model().warnings.isEmpty)
    try rewrite { $0[name] = Tensor([1, 0.1, 0.01, 0.002], shape: [4]) }
    #expect(try model().warnings.count == 1)
  }

  @Test func `says that an end of text outside the vocabulary ends nothing`() throws {
    try TinyModel.write(to: scratch.url)
    let end = try #require(TinyModel.tokenizer.id(ofAdded: "<|endoftext|>"))
    try rewrite("config.json") { $0["eos_token_id"] = [end, 151_645] }
    let published = try model(.plain)
    #expect(published.ends == [end])
    #expect(published.warnings.count == 1 && published.warnings[0].contains("eos_token_id 151645 lies outside"))
    try rewrite("config.json") { $0["eos_token_id"] = 151_645 }
    let endless = try model(.plain)
    #expect(endless.ends.isEmpty && endless.warnings.count == 2)
    #expect(endless.warnings.last?.contains("nothing ends a reply") == true)
  }

  private func rewrite(_ file: String, _ change: (inout [String: Any]) -> Void) throws {
    let data = try Data(contentsOf: scratch.file(file))
    var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    change(&object)
    try JSONSerialization.data(withJSONObject: object).write(to: scratch.file(file))
  }

  private func rewrite(as type: StoredType = .float32, _ change: (inout [String: Tensor]) -> Void) throws {
    let checkpoint = try Checkpoint(scratch.url.path)
    var tensors = try checkpoint.tensors.mapValues { try $0.tensor() }
    change(&tensors)
    try Checkpoint.write(tensors, as: type, to: scratch.file("model.safetensors").path)
  }

  @Test(arguments: [WeightStorage.stored, .int8(group: 64), .trainable])
  func `is held as it is asked for`(_ storage: WeightStorage) async throws {
    try TinyModel.write(to: scratch.url)
    let model = try LanguageModel(folder: scratch.url.path, storage: storage)
    #expect(try await LocalPolicy(model).reply(to: "Why?", sampling: Sampling(maxTokens: 4)).tokens.count == 4)
  }

  @Test func `without a template that is known has to be told one`() throws {
    try TinyModel.write(to: scratch.url, template: "{{ '<|strange|>' }}")
    #expect(throws: TokenizerError.self) { try model() }
    #expect(try model(.plain).chat == nil)
    #expect(try model(.named("qwen2.5")).chat?.name == "qwen2.5")
  }

  @Test func `with a vocabulary of another model is refused`() throws {
    try TinyModel.write(to: scratch.url, vocabulary: 100)
    let error = #expect(throws: LocalError.self) { try model() }
    #expect(error?.description.contains("vocab_size of 100") == true)
  }

  @Test func `that does not fit into memory is refused before it is read`() throws {
    try TinyModel.write(to: scratch.url)
    // Nothing but headers may be looked at: the numbers are not there.
    let weights = scratch.file("model.safetensors")
    let size = try #require(FileManager.default.attributesOfItem(atPath: weights.path)[.size] as? Int)
    let header = try Data(contentsOf: weights).prefix(8).reduce((0, 0)) { ($0.0 | Int($1) << $0.1, $0.1 + 8) }.0
    let handle = try FileHandle(forWritingTo: weights)
    try handle.truncate(atOffset: UInt64(8 + header))
    try handle.truncate(atOffset: UInt64(size))
    let error = #expect(throws: LocalError.self) { try model(available: 1 << 16) }
    guard case .noRoom(_, _, let needed, let available)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(needed > available)
    #expect(available == 1 << 16)
  }

  @Test(arguments: [WeightStorage.int8(group: 64), .trainable])
  func `takes about the memory that is predicted`(_ storage: WeightStorage) throws {
    try TinyModel.write(to: scratch.url, layers: 4)
    let checkpoint = try Checkpoint(scratch.url.path)
    let decoder = try Decoder(folder: scratch.url.path, storage: storage)
    let need = MemoryNeed(of: decoder.configuration, in: checkpoint, storage: storage)
    let own = decoder.bytes
    #expect(abs(need.weights - own) * 10 <= own, "\(need.weights) predicted, \(own) taken")
    #expect(need.position == 4 * 2 * 2 * 8 * 4)
  }

  @Test func `with a weight that is no number is named when it writes`() async throws {
    try TinyModel.write(to: scratch.url)
    var decoder = try Decoder(folder: scratch.url.path)
    decoder.forEachParameter { name, tensor in
      if name == "model.layers.1.mlp.up_proj.weight" { tensor.withMutableScalars { $0[3] = .nan } }
    }
    try decoder.write(to: scratch.url.path)
    let policy = try LocalPolicy(try model())
    let error = await #expect(throws: LocalError.self) {
      try await policy.reply(to: "Why?", sampling: Sampling(maxTokens: 3))
    }
    #expect(error?.description.contains("model.layers.1.mlp.up_proj.weight") == true)
    #expect(error?.stopsRun == true)
  }

  @Test func `without a part names what is missing`() throws {
    try TinyModel.write(to: scratch.url)
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
      let (file, aside) = (scratch.file(name), scratch.file("aside"))
      try FileManager.default.moveItem(at: file, to: aside)
      do {
        _ = try model()
        Issue.record("\(name) was not missed")
      } catch {
        #expect("\(error)".contains(name.replacing(".safetensors", with: "")), "\(error)")
      }
      try FileManager.default.moveItem(at: aside, to: file)
    }
  }

  @Test(
    arguments: [
      { $0.temperature = -1 }, { $0.topP = 0 }, { $0.topK = 0 }, { $0.minP = 2 }, { $0.contextLength = 1 },
      { $0.batch = 17 },
    ] as [@Sendable (inout LocalPolicy.Settings) -> Void])
  func `refuses settings that no reply can be drawn with`(_ change: @Sendable (inout LocalPolicy.Settings) -> Void)
    throws
  {
    try TinyModel.write(to: scratch.url)
    var settings = LocalPolicy.Settings()
    change(&settings)
    #expect(throws: SettingError.self) { try LocalPolicy(try model(), settings) }
  }

  @Test(arguments: [
    ("template", "plane", "qwen2.5"), ("quantise", "int4", "one of none, int8"),
    ("cache", "int8", "one of float32, float16, bfloat16"), ("weights", "", "names the folder"),
  ])
  func `is asked for by settings, whose mistakes are named`(_ key: String, _ value: String, _ hint: String) throws {
    try TinyModel.write(to: scratch.url)
    let spec = Spec("local", ["weights": .string(scratch.url.path)].merging([key: .string(value)]) { $1 })
    let error = #expect(throws: SettingError.self) { try Catalog("policy", localPolicies).make(spec) }
    #expect(error?.description.contains(hint) == true)
    #expect(error?.description.contains("policy.\(key)") == true)
  }
}
