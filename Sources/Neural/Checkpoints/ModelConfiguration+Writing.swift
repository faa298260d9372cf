import JSON
import Tensors

extension ModelConfiguration {
  /// Writes `config.json` in the form of published models, whole or not at all: programs that read
  /// theirs read this one.
  ///
  /// - Parameter type: the element type of the weights beside it.
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to file: String, as type: StoredType = .float32) throws {
    let bytes: [UInt8]
    do {
      bytes = try JSONValue.table(fields(type)).written()
    } catch {
      throw CheckpointError.unwritable(file: file, reason: "\(error)")
    }
    try CheckpointError.writing(file) { try $0.write(bytes) }
  }

  private func fields(_ type: StoredType) -> [String: JSONValue] {
    let sliding = slidingWindows.compactMap(\.self).first
    var fields: [String: JSONValue] = [
      "architectures": .list([.text(family.architecture)]), "model_type": .text(family.rawValue),
      "vocab_size": .whole(vocabulary), "hidden_size": .whole(width), "intermediate_size": .whole(innerWidth),
      "num_hidden_layers": .whole(layers), "num_attention_heads": .whole(heads),
      "num_key_value_heads": .whole(keyHeads),
      "head_dim": .whole(headWidth), "max_position_embeddings": .whole(contextLength), "hidden_act": .text("silu"),
      // By its digits: 1e-6 as a float is no 1e-6 as a double.
      "rms_norm_eps": .real(Double("\(epsilon)") ?? Double(epsilon)), "tie_word_embeddings": .bool(isTied),
      "attention_bias": .bool(hasOutputBias), "mlp_bias": .bool(hasInnerBias),
      "use_sliding_window": .bool(sliding != nil),
      // Null is written explicitly: a missing field means 4,096 to Mistral.
      "sliding_window": sliding.map(JSONValue.whole) ?? .null,
      "layer_types": .list(slidingWindows.map { .text($0 == nil ? "full_attention" : "sliding_attention") }),
      "rope_theta": .real(rotary.base), "rope_scaling": rotary.scaling.fields.map(JSONValue.table) ?? .null,
      "torch_dtype": .text(type == .bfloat16 ? "bfloat16" : "float32"),
    ]
    for (key, tokens) in [("bos_token_id", begin), ("eos_token_id", end)] where !tokens.isEmpty {
      fields[key] = tokens.count == 1 ? .whole(tokens[0]) : .list(tokens.map(JSONValue.whole))
    }
    return fields
  }
}

extension ModelConfiguration.Family {
  fileprivate var architecture: String {
    switch self {
    case .llama: "LlamaForCausalLM"
    case .mistral: "MistralForCausalLM"
    case .qwen2: "Qwen2ForCausalLM"
    case .qwen3: "Qwen3ForCausalLM"
    }
  }
}

extension Rotary.Scaling {
  fileprivate var fields: [String: JSONValue]? {
    switch self {
    case .none: return nil
    case .linear(let factor): return ["rope_type": .text("linear"), "factor": .real(factor)]
    case .llama3(let factor, let low, let high, let original):
      return [
        "rope_type": .text("llama3"), "factor": .real(factor), "low_freq_factor": .real(low),
        "high_freq_factor": .real(high), "original_max_position_embeddings": .whole(original),
      ]
    case .yarn(let factor, let fast, let slow, let original, let attention, let isTruncated):
      return [
        "rope_type": .text("yarn"), "factor": .real(factor), "beta_fast": .real(fast), "beta_slow": .real(slow),
        "original_max_position_embeddings": .whole(original), "truncate": .bool(isTruncated),
        "attention_factor": attention.map(JSONValue.real) ?? .null,
      ]
    case .divided(let divisors):
      // LongRoPE with the same divisors for short and for long texts computes the same.
      let list = JSONValue.list(divisors.map(JSONValue.real))
      return [
        "rope_type": .text("longrope"), "factor": .real(1), "short_factor": list, "long_factor": list,
        "attention_factor": .real(1),
      ]
    }
  }
}
