import Palimpsest
import Tokenizers

/// Tokenizers of published checkpoints, by name.
public let checkpointTokenizers: [Catalog<any Tokenizer>.Entry] = [
  .init(
    "checkpoint", "a published model's own byte pairs: tokenizer.json in a folder, or a .gguf file",
    source: "arXiv:1508.07909", defaults: CheckpointSettings()
  ) { settings, setup in
    guard !settings.folder.isEmpty else {
      throw SettingError.outOfRange(
        "\(setup.path).folder", found: "empty", why: "it names the folder that tokenizer.json is in, or a .gguf file")
    }
    return try BytePairTokenizer(model: settings.folder)
  }
]

/// Where a checkpoint is.
struct CheckpointSettings: Codable, Sendable {
  /// A folder with a file tokenizer.json, or a `.gguf` file.
  var folder = ""
}
