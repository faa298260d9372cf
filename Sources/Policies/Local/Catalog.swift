import Foundation
import Models
import Palimpsest
import Tensors
import Tokenizers

/// The policies whose weights are on this machine, by name.
public let localPolicies: [Catalog<any Policy>.Entry] = [
  .init(
    "local", "asks a published model (Qwen, Llama, Mistral) whose weights lie in a folder", source: "",
    defaults: LocalPolicy.Settings()
  ) { settings, setup in
    try settings.check(at: setup.path)
    guard !settings.weights.isEmpty else {
      throw SettingError.outOfRange(
        "\(setup.path).weights", found: "empty", why: "it names the folder of a model; on the command line: --weights")
    }
    if case .named(let name) = settings.format, !ChatFormat.all.contains(where: { $0.name == name }),
      !FileManager.default.fileExists(atPath: name)
    {
      throw SettingError.outOfRange(
        "\(setup.path).template", found: name,
        why: "it is published, plain, a format (\(ChatFormat.names)), or a file with one")
    }
    let model = try LanguageModel(
      folder: settings.weights, storage: settings.quantise.storage,
      activations: settings.activations == .exact ? .exact : .rounded, template: settings.format)
    return try LocalPolicy(model, settings, seed: setup.seed)
  }
]
