import ArgumentParser
import Foundation
import Models
import Palimpsest
import PolicyLocal
import Settings
import TensorLogs
import Tensors
import Terminal
import Tokenizers
import Transformers

struct Tapping: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tap",
    abstract: "Write a model's logits, hidden states, keys and values for a text to HDF5.",
    discussion: """
      The text is read unchanged, without turns, behind the vocabulary's own opening. Datasets: tokens [T], \
      logits [T, vocabulary]; for each layer K of --layers: layer.K/hidden [T, width], the stream that enters the \
      layer (K = number of layers: the one that leaves the last), layer.K/keys, before rotation, and layer.K/values \
      [key heads, T, head width].

      Examples:
        palimpsest tap --weights Qwen3-0.6B --text "Call me Ishmael." -o ishmael.h5
        palimpsest tap --weights Qwen3-0.6B --tokens 1,2,3 --layers 0,3 -o inside.h5
      """)

  @Option(help: ArgumentHelp("A model's folder or .gguf file.", valueName: "path")) var weights: String
  @Option(help: ArgumentHelp("int8 stores the matrices as bytes.", valueName: "kind")) var quantise:
    LocalPolicy.Quantisation = .none
  @Option(help: "The text; - for standard input.") var text: String?
  @Option(help: ArgumentHelp("Token ids instead, with commas.", valueName: "ids")) var tokens: String?
  @Option(help: ArgumentHelp("Layers, with commas.", valueName: "layers")) var layers: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file")) var out: String

  func validate() throws {
    guard (text == nil) != (tokens == nil) else { throw ValidationError("name one of --text and --tokens") }
  }

  func run() async throws {
    let model = try LanguageModel(
      folder: weights, storage: quantise.storage, activations: .exact, template: .plain)
    model.warnings.forEach { Console().warn($0) }
    let ids = try ids(for: model)
    let taps = try taps(of: model)
    let states = model.backbone.states(of: [Passage(ids)], taps: taps)
    var file = TensorFile()
    file["tokens"] = .integers(ids)
    file["logits"] = .floats(model.backbone.logits(of: states))
    for (tap, tensor) in states.taps[0].sorted(by: { ($0.key.layer, $0.key.path) < ($1.key.layer, $1.key.path) }) {
      file[tap.path] = .floats(tensor)
    }
    try file.write(to: URL(filePath: out))
    Console().note("\(ids.count) tokens of \(model.name): \(out)")
  }

  private func ids(for model: LanguageModel) throws -> [Int] {
    var ids: [Int]
    if let tokens {
      ids = try Self.numbers(tokens, "--tokens")
      let end = model.backbone.vocabulary
      if let id = ids.first(where: { $0 >= end }) {
        throw RunError.usage("--tokens: \(id) is not a token id of \(model.name), which has \(end) ids")
      }
    } else {
      let text = text == "-" ? try InputText.read("-", called: "standard input") : text ?? ""
      ids = model.tokenizer.opening + model.tokenizer.encode(text)
    }
    let contextLength = model.backbone.contextLength ?? .max
    guard !ids.isEmpty else { throw RunError.usage("there is no token to read; give a text that is not empty") }
    guard ids.count <= contextLength else {
      throw LocalError.promptTooLong(model: model.name, positions: ids.count, contextLength: contextLength)
    }
    return ids
  }

  private func taps(of model: LanguageModel) throws -> Set<Tap> {
    let count = model.backbone.layerCount
    return try Set(
      Self.numbers(layers ?? "", "--layers").flatMap { layer -> [Tap] in
        guard layer <= count else {
          throw RunError.usage("--layers: \(model.name) has layers 0 to \(count - 1), and its end is \(count)")
        }
        return [Tap(.hidden, layer: layer)]
          + (layer < count ? [Tap(.keys, layer: layer), Tap(.values, layer: layer)] : [])
      })
  }

  private static func numbers(_ list: String, _ flag: String) throws -> [Int] {
    try list.split(separator: ",").map { part in
      guard let number = Int(part.trimmingCharacters(in: .whitespaces)), number >= 0 else {
        throw RunError.usage("\(flag): “\(part)” is not a number from 0 up; write them as 0,3")
      }
      return number
    }
  }
}

extension LocalPolicy.Quantisation: ExpressibleByArgument {}
