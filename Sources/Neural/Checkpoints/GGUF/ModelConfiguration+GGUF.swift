import Foundation
import JSON
import Tensors

extension ModelConfiguration {
  /// The configuration in a GGUF file's metadata, of the architectures `llama` (Mistral's too), `qwen2` and `qwen3`.
  ///
  /// Biases and the output projection are taken from the tensors that are there. A key that could change the
  /// computation in an unsupported way is an error.
  ///
  /// - Throws: `CheckpointError.unsupported`; `.broken` with `.valueKind` or `.present`.
  public init(_ file: GGUF) throws {
    let keys = GGUFKeys(file)
    let family = try Self.family(keys)
    let prefix = family.rawValue + "."
    try Self.check(keys, prefix)
    guard let embedding = file.tensors["token_embd.weight"], embedding.shape.count == 2 else {
      throw CheckpointError.broken(
        .present, file: file.file, tensor: "token_embd.weight", expected: "such a matrix", found: "none")
    }
    let width = try keys.needed("\(prefix)embedding_length", in: 1...Self.most)
    let heads = try keys.needed("\(prefix)attention.head_count", in: 1...65_536)
    let keyHeads = try keys.uniform("\(prefix)attention.head_count_kv", in: 1...65_536) ?? heads
    let contextLength = try keys.needed("\(prefix)context_length", in: 1...Self.most)
    guard heads % keyHeads == 0 else {
      throw keys.unsupported(
        "\(prefix)attention.head_count_kv", expected: "a divisor of the \(heads) heads", found: "\(keyHeads)")
    }
    let stated = try keys.uniform("\(prefix)attention.key_length", in: 1...65_536)
    guard stated != nil || width % heads == 0 else {
      throw keys.unsupported(
        "\(prefix)attention.head_count", expected: "a divisor of embedding_length \(width)", found: "\(heads)")
    }
    let headWidth = stated ?? width / heads
    for key in ["attention.value_length", "rope.dimension_count"] {
      // Half a head may be rotated, and values be of another width than keys, in architectures that are not read.
      guard let other = try keys.uniform(prefix + key, in: 0...65_536), other != headWidth else { continue }
      throw keys.unsupported(prefix + key, expected: "the width of a head, \(headWidth)", found: "\(other)")
    }
    guard headWidth % 2 == 0 else {
      throw keys.unsupported(
        "\(prefix)attention.key_length", expected: "an even number, since pairs are rotated", found: "\(headWidth)")
    }
    self.init(
      family: family, vocabulary: embedding.shape[0], width: width,
      innerWidth: try keys.needed("\(prefix)feed_forward_length", in: 1...Self.most),
      layers: try keys.needed("\(prefix)block_count", in: 1...4096), heads: heads, keyHeads: keyHeads,
      headWidth: headWidth, contextLength: contextLength,
      rotary: try Rotary(keys, prefix: prefix, headWidth: headWidth, contextLength: contextLength))
    epsilon = Float(try keys.real("\(prefix)attention.layer_norm_rms_epsilon", in: 0...1) ?? 1e-5)
    isTied = file.tensors["output.weight"] == nil
    hasInputBias = file.tensors["blk.0.attn_q.bias"] != nil
    hasOutputBias = file.tensors["blk.0.attn_output.bias"] != nil
    hasInnerBias = file.tensors["blk.0.ffn_down.bias"] != nil
    begin = try keys.whole("tokenizer.ggml.bos_token_id", in: 0...Self.most).map { [$0] } ?? []
    end = try keys.whole("tokenizer.ggml.eos_token_id", in: 0...Self.most).map { [$0] } ?? []
  }

  private static func family(_ keys: GGUFKeys) throws -> Family {
    let known: [Family] = [.llama, .qwen2, .qwen3]
    let names = known.map(\.rawValue).joined(separator: ", ")
    guard let name = try keys.text("general.architecture") else {
      throw keys.fault("general.architecture", expected: "one of \(names)", found: "no such key")
    }
    if let type = try keys.text("general.type"), type != "model" {
      throw keys.unsupported("general.type", expected: "“model”", found: shown(type))
    }
    guard let family = known.first(where: { $0.rawValue == name }) else {
      throw keys.unsupported("general.architecture", expected: "one of \(names)", found: shown(name))
    }
    if let version = try keys.whole("general.quantization_version", in: 0...Self.most), version != 2,
      keys.file.tensors.values.contains(where: { $0.type.blocks != nil })
    {
      throw keys.unsupported(
        "general.quantization_version", expected: "2: blocks of other versions are laid out otherwise",
        found: "\(version)")
    }
    return family
  }

  /// Keys of the architecture that are read, or that do not affect the result.
  private static let known: Set<String> = [
    "vocab_size", "context_length", "embedding_length", "block_count", "feed_forward_length", "tensor_data_layout",
    "pooling_type", "attention.head_count", "attention.head_count_kv", "attention.key_length",
    "attention.value_length", "attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon",
    "attention.causal", "rope.dimension_count", "rope.freq_base", "rope.scale_linear", "rope.scaling.type",
    "rope.scaling.factor", "rope.scaling.original_context_length", "rope.scaling.finetuned",
    "rope.scaling.attn_factor", "rope.scaling.yarn_ext_factor", "rope.scaling.yarn_attn_factor",
    "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
  ]

  private static func check(_ keys: GGUFKeys, _ prefix: String) throws {
    if try keys.bool("\(prefix)attention.causal") == false {
      throw keys.unsupported("\(prefix)attention.causal", expected: "true: a model of the next token", found: "false")
    }
    for (key, value) in keys.file.metadata.sorted(by: { $0.key < $1.key }) where key.hasPrefix(prefix) {
      guard !known.contains(String(key.dropFirst(prefix.count))), !value.isNothing else { continue }
      throw keys.unsupported(
        key, expected: "0, false or absent, since it is not known here and could change what is computed",
        found: value.name)
    }
  }
}

extension GGUFValue {
  /// Whether it has no effect: zero, false, empty.
  fileprivate var isNothing: Bool {
    switch self {
    case .unsigned(let number): number == 0
    case .signed(let number): number == 0
    case .real(let number): number == 0
    case .bool(let bool): !bool
    case .text(let text): text.isEmpty
    case .list(let list): list.count == 0
    }
  }
}

extension GGUFKeys {
  func unsupported(_ key: String, expected: String, found: String) -> CheckpointError {
    .unsupported(file: file.file, key: key, expected: expected, found: found)
  }
}

extension Rotary {
  /// `rope.freq_base` and `rope.scaling`; Llama 3's rule is a tensor of divisors, `rope_freqs.weight`.
  init(_ keys: GGUFKeys, prefix: String, headWidth: Int, contextLength: Int) throws {
    self.init(base: try keys.real("\(prefix)rope.freq_base", in: 1...1e12) ?? 10_000)
    let key = "\(prefix)rope.scaling.type"
    let linear = try keys.real("\(prefix)rope.scale_linear", in: 1...1e6)
    let stated = try keys.real("\(prefix)rope.scaling.factor", in: 0...1e6) ?? linear ?? 1
    // 0 means none there.
    let factor = stated == 0 ? 1 : stated
    guard factor >= 1 else {
      throw keys.unsupported("\(prefix)rope.scaling.factor", expected: "1 or more", found: "\(factor)")
    }
    switch try keys.text(key) ?? (factor > 1 ? "linear" : "none") {
    case "none": break
    case "linear": if factor > 1 { scaling = .linear(factor: factor) }
    case "yarn": scaling = try Self.yarn(keys, prefix: "\(prefix)rope.scaling.", factor: factor, contextLength)
    case let type: throw keys.unsupported(key, expected: "one of none, linear, yarn", found: shown(type))
    }
    guard let divisors = keys.file.tensors["rope_freqs.weight"] else { return }
    guard scaling == .none else {
      throw keys.unsupported(key, expected: "none beside rope_freqs.weight", found: "another rule")
    }
    try divisors.checkShape([headWidth / 2])
    try divisors.checkFinite()
    let numbers = try divisors.tensor().scalars
    guard numbers.allSatisfy({ $0 > 0 }) else {
      throw keys.unsupported("rope_freqs.weight", expected: "divisors above 0", found: "\(numbers.min() ?? 0)")
    }
    scaling = .divided(numbers.map { Double($0) })
  }

  private static func yarn(
    _ keys: GGUFKeys, prefix: String, factor: Double, _ contextLength: Int
  ) throws -> Scaling {
    let blend = try keys.real("\(prefix)yarn_ext_factor", in: -1...1e6) ?? 1
    guard blend == 1 || blend == -1 else {
      throw keys.unsupported("\(prefix)yarn_ext_factor", expected: "1", found: "\(blend)")
    }
    let attention =
      try keys.real("\(prefix)yarn_attn_factor", in: 1e-6...1e6)
      ?? keys.real("\(prefix)attn_factor", in: 1e-6...1e6) ?? 1
    return .yarn(
      factor: factor, fast: try keys.real("\(prefix)yarn_beta_fast", in: 1e-6...1e6) ?? 32,
      slow: try keys.real("\(prefix)yarn_beta_slow", in: 1e-6...1e6) ?? 1,
      original: try keys.whole("\(prefix)original_context_length", in: 1...ModelConfiguration.most) ?? contextLength,
      // The file's number comes on top of the rule's own.
      attention: attention == 1 ? nil : attention * (factor > 1 ? 0.1 * log(factor) + 1 : 1), isTruncated: true)
  }
}

extension GenerationConfiguration {
  /// The sampling settings in a GGUF file's metadata (`general.sampling`), and the tokens that end a reply, a turn or
  /// a message. A file without settings is greedy.
  ///
  /// - Throws: `CheckpointError.broken` with `.valueKind`.
  public init(_ file: GGUF) throws {
    self.init()
    let keys = GGUFKeys(file)
    let prefix = "general.sampling."
    let heat = try keys.real("\(prefix)temp", in: 0...1000)
    temperature = heat ?? 1
    topP = try keys.real("\(prefix)top_p", in: 0...1) ?? 1
    topK = try keys.whole("\(prefix)top_k", in: 0...ModelConfiguration.most).flatMap { $0 == 0 ? nil : $0 }
    minP = try keys.real("\(prefix)min_p", in: 0...1) ?? 0
    repetitionPenalty = try keys.real("\(prefix)penalty_repeat", in: 1e-3...1000) ?? 1
    let others = ["top_p", "top_k", "min_p"].contains { file.metadata[prefix + $0] != nil }
    isSampled = heat.map { $0 > 0 } ?? others
    func id(_ name: String) throws -> Int? {
      try keys.whole("tokenizer.ggml.\(name)_token_id", in: 0...ModelConfiguration.most)
    }
    begin = try id("bos").map { [$0] } ?? []
    for name in ["eos", "eot", "eom"] {
      if let id = try id(name), !end.contains(id) { end.append(id) }
    }
  }
}
