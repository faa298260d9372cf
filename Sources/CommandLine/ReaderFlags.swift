import ArgumentParser
import Foundation
import Palimpsest
import Settings

/// Short flags for the parts of a reader: each is a name, several with commas, or YAML such as
/// `{kind: overwrite, tokens: 512}`.
struct ReaderFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The memory.", valueName: "name")) var memory: String?
  @Option(help: ArgumentHelp("The gate.", valueName: "name")) var gate: String?
  @Option(help: ArgumentHelp("The chunker.", valueName: "name")) var chunker: String?
  @Option(help: ArgumentHelp("The policy.", valueName: "name")) var policy: String?
  @Option(
    help: ArgumentHelp(
      "The tokenizer that counts budgets: a name, a checkpoint's folder, or a .gguf file.", valueName: "name"))
  var tokenizer: String?
  @Option(help: ArgumentHelp("An OpenAI-compatible endpoint; the policy is then remote.", valueName: "url"))
  var endpoint: String?
  @Option(help: ArgumentHelp("The model, as the endpoint names it.", valueName: "name")) var model: String?
  @Option(
    help: ArgumentHelp(
      "A model's folder or .gguf file; the policy is then local, and budgets are counted with its tokenizer.",
      valueName: "path"))
  var weights: String?
  @Option(help: ArgumentHelp("int8 stores the model's matrices as bytes.", valueName: "kind")) var quantise: String?
  @Option(help: ArgumentHelp("Templates (keys update, answer) instead of the built-in prompts.", valueName: "file"))
  var prompts: String?

  /// What they override, in an order in which `--set` may refine them.
  func overrides() throws -> [Override] {
    var overrides: [Override] = []
    for (path, value) in [
      ("memory", memory), ("gate", gate), ("chunker", chunker), ("policy", policy),
      ("tokenizer", tokenizer ?? weights),
    ] {
      if path == "tokenizer", let value {
        overrides.append(Override(path, try Self.tokenizer(value, isPath: value == weights)))
        continue
      }
      if let value { overrides.append(Override(path, try Override.value(value, named: "--\(path)"))) }
    }
    if weights != nil, policy == nil { overrides.append(Override("policy", .string("local"))) }
    if let weights { overrides.append(Override("policy.weights", .string(weights))) }
    if let quantise { overrides.append(Override("policy.quantise", .string(quantise))) }
    if endpoint != nil, policy == nil { overrides.append(Override("policy", .string("remote"))) }
    if let endpoint { overrides.append(Override("policy.endpoint", .string(endpoint))) }
    if let model { overrides.append(Override("policy.model", .string(model))) }
    if let prompts { overrides.append(Override("prompts", .string(prompts))) }
    return overrides
  }

  /// The tokenizer that a flag names: a variant, or that of a checkpoint.
  static func tokenizer(_ value: String, isPath: Bool = false) throws -> Setting {
    isPath || isFolder(value)
      ? .table(["kind": .string("checkpoint"), "folder": .string(value)])
      : try Override.value(value, named: "--tokenizer")
  }

  /// A name with a slash, or the name of a folder or a model's file, is not a variant's name.
  private static func isFolder(_ value: String) -> Bool {
    if value.lowercased().hasSuffix(".gguf") { return true }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: value, isDirectory: &isFolder)
    return exists && isFolder.boolValue || value.contains("/") && !value.hasPrefix("{")
  }
}
