import Checkpoints
import Foundation
import Palimpsest
import Tensors

/// A tiny model as it is published: one file with its weights, its sizes, what it writes, and how it was made.
///
/// The file is safetensors with a tensor for each parameter. Metadata: `format` `palimpsest-miniature-1`,
/// `configuration` and `prompts` as JSON, `form`, and `made`, the command that trained it. A file of a
/// `Training` or `RewardTraining` is read too: its weights are those after the last step, its sizes follow from their
/// shapes, with four heads, and it does not say what it writes.
public struct SymbolModel: Sendable {
  /// The weights.
  public var decoder: ConvolvedDecoder
  /// How its prompts are laid out.
  public var prompts: SymbolPrompts
  /// What it writes at a chunk; nil where the file does not say.
  public var form: SymbolForm?
  /// The command that trained it.
  public var made: String

  /// - Parameter made: the command that trained it.
  public init(
    _ decoder: ConvolvedDecoder, prompts: SymbolPrompts = SymbolPrompts(), form: SymbolForm, made: String = ""
  ) {
    self.decoder = decoder
    self.prompts = prompts
    self.form = form
    self.made = made
  }

  private static let format = "palimpsest-miniature-1"

  /// Writes the file, whole or not at all. Equal models are equal bytes.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to file: String) throws {
    var metadata = ["format": Self.format, "made": made]
    metadata["form"] = form?.rawValue
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    metadata["configuration"] = String(decoding: try encoder.encode(decoder.configuration), as: UTF8.self)
    metadata["prompts"] = String(decoding: try encoder.encode(prompts), as: UTF8.self)
    try Checkpoint.write(
      Dictionary(uniqueKeysWithValues: decoder.parameters.map { ($0.name, $0.tensor) }), metadata: metadata, to: file)
  }

  /// Reads a file.
  ///
  /// - Throws: `CheckpointError` for a file that is broken or of other shapes, `SymbolModelError` for a file of another
  ///   kind.
  public init(_ file: String) throws {
    let checkpoint = try Checkpoint(file)
    let (metadata, isPublished) = (checkpoint.metadata, checkpoint.metadata["format"] == Self.format)
    func part<Part: Decodable>(_ key: String, _ type: Part.Type) throws -> Part {
      guard let part = metadata[key].flatMap({ try? JSONDecoder().decode(type, from: Data($0.utf8)) }) else {
        throw SymbolModelError(file: file, reason: "its metadata has no \(key) that can be read")
      }
      return part
    }
    let prefix = isPublished ? "" : "model/"
    let sizes: ConvolvedDecoder.Configuration
    if isPublished {
      sizes = try part("configuration", ConvolvedDecoder.Configuration.self)
      guard sizes.isSound else {
        throw SymbolModelError(
          file: file, reason: "its sizes contradict each other: \(metadata["configuration"] ?? "")")
      }
      prompts = try part("prompts", SymbolPrompts.self)
      form = metadata["form"].flatMap(SymbolForm.init(rawValue:))
    } else {
      func shape(_ name: String) throws -> [Int] {
        guard let stored = checkpoint.tensors["model/\(name)"], stored.shape.count == 2 else {
          throw SymbolModelError(
            file: file, reason: "it has neither the format \(Self.format) nor a tensor model/\(name) of two axes")
        }
        return stored.shape
      }
      let (embedding, gated) = (try shape("embedding"), try shape("layers.0.gated"))
      let layers = (0...).first { checkpoint.tensors["model/layers.\($0).norm"] == nil } ?? 0
      guard embedding[1] % 8 == 0, embedding[0] > 0, gated[0] % 2 == 0 else {
        throw SymbolModelError(file: file, reason: "its embedding is of shape \(embedding), which gives no four heads")
      }
      sizes = ConvolvedDecoder.Configuration(
        vocabulary: embedding[0], width: embedding[1], layers: layers, innerWidth: gated[0] / 2,
        taps: try shape("layers.0.kernel")[1])
      prompts = SymbolPrompts()
      form = nil
    }
    made = metadata["made"] ?? ""
    decoder = try checkpoint.filled(ConvolvedDecoder(sizes, seed: 0), prefix: prefix)
    try checkpoint.checkFinite()
  }
}

extension SymbolModel {
  /// The models that are part of the package.
  public enum Shipped: String, Choice {
    /// Rewrites its page at every chunk.
    case overwrite
    /// States both gates.
    case gated
  }

  /// A model that is part of the package. Its file stands beside the program, where the build put it.
  ///
  /// - Throws: `SymbolModelError` where the program was moved without the folder; what reading a file throws.
  public init(_ shipped: Shipped) throws {
    // The accessor that the build makes, `Bundle.module`, ends the process where it finds nothing.
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let files = [Bundle.main.bundleURL, program].compactMap(\.self).flatMap { folder in
      ["resources", "bundle"].map {
        folder.appending(path: "Palimpsest_Miniature.\($0)/Weights/\(shipped).safetensors")
      }
    }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw SymbolModelError(
        file: shipped.rawValue,
        reason:
          "its folder Palimpsest_Miniature.resources is not beside the program; copy it from the folder of the build")
    }
    try self.init(file.path)
  }

  /// The model of a name: a shipped one, or a file.
  ///
  /// - Throws: what reading a file throws.
  public init(named name: String) throws {
    if let shipped = Shipped(rawValue: name) { try self.init(shipped) } else { try self.init(name) }
  }
}

/// A file that is no tiny model.
public struct SymbolModelError: Failure, Equatable {
  public var file: String
  public var reason: String

  public var exitClass: ExitClass { .usage }

  public var description: String {
    "\(file) is no tiny model for the task symbols: \(reason); name a file that SymbolModel.write or a training of a "
      + "ConvolvedDecoder made"
  }
}
