extension GGUF {
  /// The tensors under the names of published checkpoints (`model.layers.0.self_attn.q_proj.weight`), with the rows of
  /// queries and keys in their order. Names that are not known stay as they are.
  ///
  /// - Throws: what `ModelConfiguration(_:)` throws: the order of rows depends on the width of a head.
  public func published() throws -> [String: StoredTensor] {
    let model = try ModelConfiguration(self)
    var published: [String: StoredTensor] = [:]
    published.reserveCapacity(tensors.count)
    for (name, tensor) in tensors {
      let isPaired = model.family == .llama && Self.isPaired(name)
      if isPaired { try tensor.checkHeads(model.headWidth) }
      let new = Self.publishedName(of: name)
      guard
        published.updateValue(tensor.renamed(new, pairedHeads: isPaired ? model.headWidth : nil), forKey: new) == nil
      else {
        throw CheckpointError.broken(
          .uniqueKeys, file: file, tensor: name, expected: "each tensor once", found: "\(new) too, which is the same")
      }
    }
    return published
  }

  /// Queries and keys, which GGUF's `llama` has with neighbours as pairs.
  private static func isPaired(_ name: String) -> Bool {
    name.hasPrefix("blk.")
      && [".attn_q.weight", ".attn_k.weight", ".attn_q.bias", ".attn_k.bias"].contains { name.hasSuffix($0) }
  }

  /// The name that a published checkpoint gives the tensor.
  static func publishedName(of name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count == 2, let stem = outer[String(parts[0])] { return "\(stem).\(parts[1])" }
    guard parts.count == 4, parts[0] == "blk", let stem = inner[String(parts[2])] else { return name }
    return "model.layers.\(parts[1]).\(stem).\(parts[3])"
  }

  private static let outer = ["token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"]

  private static let inner = [
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
  ]
}

extension StoredTensor {
  /// - Throws: `CheckpointError.broken` with `.expectedShape` where rows are no whole heads.
  fileprivate func checkHeads(_ width: Int) throws {
    guard shape.first?.isMultiple(of: width) == true else {
      throw fault(.expectedShape, expected: "rows of whole heads of \(width)", found: "\(shape)")
    }
  }
}
