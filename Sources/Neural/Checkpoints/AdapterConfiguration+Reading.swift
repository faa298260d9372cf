import JSON

extension AdapterConfiguration {
  /// Reads `adapter_config.json` of a folder, or the file itself.
  ///
  /// - Throws: `CheckpointError.unreadable`, `.broken` (not JSON), `.unsupported`.
  public init(_ path: String) throws {
    self = try reading {
      try Self(JSONNode(configuration: path.hasSuffix(".json") ? path : "\(path)/adapter_config.json"))
    }
  }

  private init(_ fields: JSONNode) throws {
    try Self.check(fields)
    rank = try fields.needed("r", in: 1...Self.most)
    alpha = try fields.real("lora_alpha", in: 0...1e9) ?? 8
    isRankStabilised = try fields.bool("use_rslora") ?? false
    targets = try Self.targets(fields.at("target_modules"))
    excluded = []
    let exclusion = try fields.at("exclude_modules")
    if let exclusion = exclusion.present {
      guard case .list = exclusion.value else {
        throw exclusion.fails("null or a list of names: patterns of excluded modules are not supported")
      }
      excluded = try exclusion.list().map { try $0.string() }
    }
    layers = try Self.layers(fields.at("layers_to_transform"))
    ranks = try Self.exceptions(fields.at("rank_pattern")) { Double(try $0.whole(in: 1...Self.most)) }
    alphas = try Self.exceptions(fields.at("alpha_pattern")) { try $0.real(in: 0...1e9) }
    base = try fields.text("base_model_name_or_path")
  }

  /// More than the rank of any published adapter.
  private static let most = 1 << 16

  /// Fields that would change the computation, or are unknown.
  private static func check(_ fields: JSONNode) throws {
    guard try fields.text("peft_type") == "LORA" else {
      throw try fields.fault("peft_type", expected: "“LORA”: other kinds of adapters are not supported")
    }
    guard try fields.text("task_type") ?? "CAUSAL_LM" == "CAUSAL_LM" else {
      throw try fields.fault("task_type", expected: "“CAUSAL_LM” or null: an adapter of a model of the next token")
    }
    guard try fields.text("bias") ?? "none" == "none" else {
      throw try fields.fault(
        "bias", expected: "“none”: train the adapter again without biases, or merge it into its base")
    }
    let initial = try fields.at("init_lora_weights")
    if case .string? = initial.value, try !["gaussian", "orthogonal", "eva"].contains(initial.string()) {
      throw initial.fails(
        "true, false, “gaussian”, “orthogonal” or “eva”: with others the base's weights were changed too; convert "
          + "the adapter with PEFT's path_initial_model_for_weight_conversion")
    }
    for (key, remedy) in refusals {
      let node = try fields.at(key)
      guard node.isNothing else { throw node.fails("null or false: \(remedy)") }
    }
    for (name, node) in try fields.members() where !known.contains(name) && refusals[name] == nil && !node.isNothing {
      throw node.fails("null or absent, since it is not known here and could change what is computed")
    }
  }

  private static let refusals = [
    "use_dora": "DoRA's magnitudes are not supported; merge the adapter into its base with PEFT",
    "lora_bias": "biases of adapters are not supported",
    "fan_in_fan_out": "matrices of these models are [out, in]; transpose A and B and store them so",
    "modules_to_save": "whole matrices beside the adapter are not supported; merge them into the base with PEFT",
    "trainable_token_indices": "changed embeddings are not supported; merge them into the base with PEFT",
    "target_parameters": "only matrices of layers can be adapted",
    "layer_replication": "layers that stand twice are not supported",
    "layers_pattern": "layers are those of model.layers",
    "alora_invocation_tokens": "an adapter holds for a whole passage here",
    "use_qalora": "pooled inputs are not supported",
    "use_bdlora": "changes in blocks are not supported",
    "arrow_config": "mixtures of adapters are not supported",
    "monteclora_config": "adapters that are sampled are not supported",
    "kasa_config": "adapters with singular values are not supported",
    "velora_config": "compressed gradients are not supported",
  ]

  /// Fields that are read, or that do not affect the result.
  private static let known: Set<String> = [
    "peft_type", "task_type", "bias", "init_lora_weights", "r", "lora_alpha", "use_rslora", "target_modules",
    "exclude_modules", "layers_to_transform", "rank_pattern", "alpha_pattern", "base_model_name_or_path",
    "auto_mapping", "peft_version", "revision", "inference_mode", "lora_dropout", "megatron_config", "megatron_core",
    "loftq_config", "eva_config", "corda_config", "lora_ga_config", "qalora_group_size", "runtime_config",
    "ensure_weight_tying",
  ]

  private static func targets(_ node: JSONNode) throws -> Targets {
    switch node.value {
    case .string?:
      let text = try node.string()
      return text == "all-linear" ? .allLinear : .pattern(text)
    case .list?:
      let names = try node.list().map { try $0.string() }
      guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { throw node.fails("names of modules") }
      return .names(names)
    default: throw node.fails("a list of names, a pattern or “all-linear”")
    }
  }

  private static func layers(_ node: JSONNode) throws -> [Int]? {
    guard !node.isNothing else { return nil }
    let nodes = if case .list? = node.value { try node.list() } else { [node] }
    return try nodes.map { try $0.whole(in: 0...most) }
  }

  /// - Throws: where a key has characters with a meaning in a regular expression, as which PEFT interprets
  ///   it.
  private static func exceptions(_ node: JSONNode, _ value: (JSONNode) throws -> Double) throws -> [Exception] {
    guard let node = node.present else { return [] }
    return try node.members().map { name, node in
      var module = name.replacing("\\.", with: ".")
      if module.hasPrefix("^") { module.removeFirst() }
      guard !module.isEmpty, module.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._".contains($0)) })
      else {
        throw node.fails("under a plain name, such as model.layers.0.self_attn.q_proj: patterns are not supported")
      }
      return Exception(module: module, value: try value(node))
    }
  }
}

extension JSONNode {
  /// Whether it has no effect: missing, null, false, or an empty list, table or text.
  fileprivate var isNothing: Bool {
    switch value {
    case nil, .null?, .bool(false)?: true
    case .list(let list)?: list.isEmpty
    case .table(let members)?: members.isEmpty
    case .string(let string)?: string.range.isEmpty
    default: false
    }
  }
}
