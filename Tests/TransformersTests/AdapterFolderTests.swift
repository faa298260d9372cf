import Checkpoints
import Foundation
import Models
import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `A folder with an adapter` {
  let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-adapter-\(UUID().uuidString)").path
  let decoder: Decoder
  let adapter: Adapter

  init() throws {
    decoder = try Reference("qwen2").decoder
    adapter = try AdapterReference("patterned").adapter
    try adapter.write(to: folder, base: "qwen2")
  }

  private var configuration: String { "\(folder)/adapter_config.json" }
  private var weights: String { "\(folder)/adapter_model.safetensors" }

  private func error(_ what: String) -> CheckpointError? {
    #expect(throws: CheckpointError.self, "\(what)") { try Adapter(folder: folder, for: decoder.configuration) }
  }

  private func clear() { try? FileManager.default.removeItem(atPath: folder) }  // the system clears what is left

  @Test(arguments: AdapterReference.names) func `is read again as it was written`(_ name: String) throws {
    defer { clear() }
    let adapter = try AdapterReference(name).adapter
    try adapter.write(to: folder)
    let read = try Adapter(folder: folder, for: decoder.configuration)
    #expect(read.isRankStabilised == adapter.isRankStabilised)
    #expect(read.parameters.map(\.name) == adapter.parameters.map(\.name))
    #expect(read.parameters.map(\.tensor) == adapter.parameters.map(\.tensor))
    #expect(read.changes.mapValues(\.alpha) == adapter.changes.mapValues(\.alpha))
  }

  @Test func `says which model it belongs to`() throws {
    defer { clear() }
    let read = try AdapterConfiguration(folder)
    #expect(read.base == "qwen2" && read.rank == 4)
    #expect(
      read.rank(of: "model.layers.1.self_attn.q_proj") == 2 && read.alpha(of: "model.layers.0.self_attn.v_proj") == 3)
  }

  /// 1e-4 as everywhere beside PyTorch.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["PALIMPSEST_PEFT"] != nil,
      "PALIMPSEST_PEFT names no Python that has the packages of Tests/Fixtures/Transformers/adapters.txt"),
    arguments: AdapterReference.names)
  func `is read by PEFT as it was written`(_ name: String) throws {
    defer { clear() }
    let reference = try AdapterReference(name)
    try reference.adapter.write(to: folder)
    let tokens = reference.base.numbers.tokens
    let peer = Process()
    peer.executableURL = URL(filePath: try #require(ProcessInfo.processInfo.environment["PALIMPSEST_PEFT"]))
    peer.arguments = [
      Reference.folder("adapters.py").path, Reference.folder("qwen2").path, folder, "\(tokens)", "\(folder)/out",
    ]
    try peer.run()
    peer.waitUntilExit()
    #expect(peer.terminationStatus == 0)
    let theirs = try Checkpoint("\(folder)/out").tensor("logits")
    let states = reference.base.decoder.states(of: tokens.map { Passage($0, adapter: reference.adapter) })
    #expect(distance(reference.base.decoder.logits(of: states).reshaped(theirs.shape), from: theirs) < 1e-4)
  }

  // MARK: Hostile

  static let fields: [(old: String, new: String, key: String, found: String)] = [
    (#""LORA""#, #""IA3""#, "peft_type", "“IA3”"),
    (#""CAUSAL_LM""#, #""SEQ_CLS""#, "task_type", "“SEQ_CLS”"),
    (#""bias" : "none""#, #""bias" : "all""#, "bias", "“all”"),
    (#""use_dora" : false"#, #""use_dora" : true"#, "use_dora", "true"),
    (#""fan_in_fan_out" : false"#, #""fan_in_fan_out" : true"#, "fan_in_fan_out", "true"),
    (#""modules_to_save" : null"#, #""modules_to_save" : ["lm_head"]"#, "modules_to_save", "a list of 1"),
    (#""inference_mode""#, #""lora_bias" : true, "inference_mode""#, "lora_bias", "true"),
    (#""inference_mode""#, #""layer_replication" : [[0,1]], "inference_mode""#, "layer_replication", "a list of 1"),
    (#""inference_mode""#, #""use_surprise" : 3, "inference_mode""#, "use_surprise", "3"),
    (#""init_lora_weights" : true"#, #""init_lora_weights" : "pissa""#, "init_lora_weights", "“pissa”"),
    (#""r" : 4"#, #""r" : 0"#, "r", "0"), (#""r" : 4"#, #""r" : 1e9"#, "r", "1e9"),
    (#""r" : 4"#, #""q" : null"#, "r", "missing"),
    (#""lora_alpha" : 6"#, #""lora_alpha" : "6""#, "lora_alpha", "“6”"),
    (#""lora_alpha" : 6"#, #""lora_alpha" : -6"#, "lora_alpha", "-6"),
    (#""exclude_modules" : null"#, #""exclude_modules" : ".*""#, "exclude_modules", "“.*”"),
    (
      #""model.layers.1.self_attn.q_proj" : 2"#, #"".*q_proj" : 2"#, "rank_pattern..*q_proj", "2"
    ),
    (
      #""model.layers.1.self_attn.q_proj" : 2"#, #""model.layers.1.self_attn.q_proj" : 0"#,
      "rank_pattern.model.layers.1.self_attn.q_proj", "0"
    ),
  ]

  @Test(arguments: fields.indices) func `is refused with the field that cannot be computed`(_ index: Int) throws {
    defer { clear() }
    let (old, new, key, found) = Self.fields[index]
    let text = try String(contentsOfFile: configuration, encoding: .utf8)
    #expect(text.contains(old), "\(text)")
    try text.replacing(old, with: new).write(toFile: configuration, atomically: true, encoding: .utf8)
    let error = error(key)
    guard case .unsupported(configuration, key, _, found)? = error else { throw try #require(error) }
  }

  @Test func `whose configuration has changed bytes is refused or read, and never traps`() throws {
    defer { clear() }
    let sound = try Data(contentsOf: URL(filePath: configuration))
    var random = SeededGenerator(seed: 6, purpose: "adapter mutants")
    var (accepted, refused) = (0, 0)
    for _ in 0..<400 {
      var bytes = [UInt8](sound)
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0x20...0x7e, using: &random)
      case 1: bytes.remove(at: place)
      default: bytes.insert(UInt8.random(in: 0x30...0x39, using: &random), at: place)
      }
      try Data(bytes).write(to: URL(filePath: configuration))
      do {
        _ = try Adapter(folder: folder, for: decoder.configuration)
        accepted += 1
      } catch is CheckpointError {
        refused += 1
      }
    }
    #expect(accepted > 10 && refused > 10)
  }

  static let prefix = "base_model.model.model.layers."
  static let changes:
    [(name: String, rule: Rule, tensor: String?, change: @Sendable (inout [String: Tensor]) -> Void)] = [
      (
        "half of a change", .present, "0.self_attn.q_proj.lora_B.weight",
        { $0[prefix + "0.self_attn.q_proj.lora_B.weight"] = nil }
      ),
      (
        "the other half", .present, "0.self_attn.q_proj.lora_A.weight",
        { $0[prefix + "0.self_attn.q_proj.lora_A.weight"] = nil }
      ),
      (
        "a target without a change", .adapterTargets, "0.self_attn.q_proj.lora_A.weight",
        {
          $0[prefix + "0.self_attn.q_proj.lora_A.weight"] = nil
          $0[prefix + "0.self_attn.q_proj.lora_B.weight"] = nil
        }
      ),
      (
        "a change that is no target", .adapterTargets, "0.mlp.up_proj.lora_A.weight",
        {
          $0[prefix + "0.mlp.up_proj.lora_A.weight"] = Tensor(zeros: [4, 32])
          $0[prefix + "0.mlp.up_proj.lora_B.weight"] = Tensor(zeros: [48, 4])
        }
      ),
      (
        "another rank", .expectedShape, "0.self_attn.q_proj.lora_A.weight",
        { $0[prefix + "0.self_attn.q_proj.lora_A.weight"] = Tensor(zeros: [5, 32]) }
      ),
      (
        "another width", .expectedShape, "0.self_attn.q_proj.lora_A.weight",
        { $0[prefix + "0.self_attn.q_proj.lora_A.weight"] = Tensor(zeros: [4, 64]) }
      ),
      (
        "a layer the model does not have", .adapterName, "2.self_attn.q_proj.lora_A.weight",
        { $0[prefix + "2.self_attn.q_proj.lora_A.weight"] = Tensor(zeros: [4, 32]) }
      ),
      (
        "a magnitude", .adapterName, "0.self_attn.q_proj.lora_magnitude_vector",
        { $0[prefix + "0.self_attn.q_proj.lora_magnitude_vector"] = Tensor(zeros: [32]) }
      ),
      (
        "NaN", .finite, "1.mlp.down_proj.lora_B.weight",
        { $0[prefix + "1.mlp.down_proj.lora_B.weight"] = Tensor(repeating: .nan, shape: [32, 4]) }
      ),
      (
        "a changed embedding", .adapterName, nil,
        { $0["base_model.model.model.embed_tokens.lora_embedding_A"] = Tensor([1]) }
      ),
      ("no tensor", .adapterTargets, nil, { $0 = [:] }),
    ]

  @Test(arguments: changes.indices) func `is refused with the tensor that does not fit`(_ index: Int) throws {
    defer { clear() }
    let (name, rule, tensor, change) = Self.changes[index]
    var tensors = try Safetensors(weights).tensors.mapValues { try $0.tensor() }
    change(&tensors)
    try Checkpoint.write(tensors, to: weights)
    let error = error(name)
    guard case .broken(rule, weights, let found, _, _)? = error else { throw try #require(error) }
    if let tensor { #expect(found == Self.prefix + tensor) }
  }

  @Test func `without its weights, or of a larger model, is refused`() throws {
    defer { clear() }
    let other = DecoderConfiguration(vocabulary: 9, width: 8, innerWidth: 8, layers: 2, heads: 2)
    let shape = #expect(throws: CheckpointError.self) { try Adapter(folder: folder, for: other) }
    guard case .broken(.expectedShape, _, _, _, _)? = shape else { throw try #require(shape) }
    try FileManager.default.removeItem(atPath: weights)
    guard case .unreadable(weights, _)? = error("no weights") else { throw try #require(error("no weights")) }
    try FileManager.default.removeItem(atPath: configuration)
    guard case .unreadable(configuration, _)? = error("nothing") else { throw try #require(error("nothing")) }
  }
}
