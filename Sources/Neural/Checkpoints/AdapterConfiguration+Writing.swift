import JSON

extension AdapterConfiguration {
  /// Writes `adapter_config.json` in PEFT's form, whole or not at all.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to file: String) throws {
    let bytes: [UInt8]
    do {
      bytes = try JSONValue.table(fields).written()
    } catch {
      throw CheckpointError.unwritable(file: file, reason: "\(error)")
    }
    try CheckpointError.writing(file) { try $0.write(bytes) }
  }

  private var fields: [String: JSONValue] {
    func table(_ exceptions: [Exception]) -> JSONValue {
      .table(Dictionary(exceptions.map { ($0.module, .real($0.value)) }) { first, _ in first })
    }
    let targets: JSONValue =
      switch self.targets {
      case .names(let names): .list(names.map(JSONValue.text))
      case .allLinear: .text("all-linear")
      case .pattern(let pattern): .text(pattern)
      }
    return [
      "peft_type": .text("LORA"), "task_type": .text("CAUSAL_LM"), "r": .whole(rank), "lora_alpha": .real(alpha),
      "use_rslora": .bool(isRankStabilised), "target_modules": targets,
      "exclude_modules": excluded.isEmpty ? .null : .list(excluded.map(JSONValue.text)),
      "layers_to_transform": layers.map { .list($0.map(JSONValue.whole)) } ?? .null,
      "rank_pattern": table(ranks), "alpha_pattern": table(alphas),
      "base_model_name_or_path": base.map(JSONValue.text) ?? .null, "bias": .text("none"),
      "fan_in_fan_out": .bool(false), "use_dora": .bool(false), "modules_to_save": .null, "lora_dropout": .whole(0),
      "inference_mode": .bool(true), "init_lora_weights": .bool(true),
    ]
  }
}
