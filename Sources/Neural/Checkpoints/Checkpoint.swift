import Foundation
import Tensors

/// The weights of a model on disk: one safetensors file, several with an index, or a GGUF file, as one table of names.
///
///     let checkpoint = try Checkpoint("models/Qwen2.5-0.5B")
///     let norm = try checkpoint.tensor("model.norm.weight", shape: [896])
///
/// Files are mapped, not read: opening reads only their headers. A tensor keeps its file mapped.
public struct Checkpoint: Sendable {
  /// The folder or file that was opened.
  public let path: String
  /// All tensors by name.
  public let tensors: [String: StoredTensor]
  /// The metadata of the files, merged; the first shard takes precedence. Of a GGUF file, its texts.
  public let metadata: [String: String]
  /// The GGUF file that holds the weights; nil where they are in safetensors.
  public let gguf: GGUF?

  /// Opens a `.safetensors` file, an index of shards (`….safetensors.index.json`), or a folder with
  /// `model.safetensors` or `model.safetensors.index.json`; a folder with both is read from the single file. Opens a
  /// `.gguf` file of a supported architecture, whose tensors then have their published names.
  ///
  /// - Throws: `CheckpointError.unreadable`, `.broken`: see `Rule`.
  public init(_ path: String) throws {
    self.path = path
    let place = try Self.place(of: path)
    if GGUF.isNamed(place) {
      let file = try GGUF(place)
      gguf = file
      tensors = try file.published()
      metadata = file.metadata.compactMapValues { if case .text(let text) = $0 { text } else { nil } }
      return
    }
    gguf = nil
    if place.hasSuffix(".json") {
      let index = try ShardIndex(place)
      let opened = try index.open()
      tensors = opened.tensors
      metadata = opened.metadata
    } else {
      let file = try Safetensors(place)
      tensors = file.tensors
      metadata = file.metadata
    }
  }

  private static func place(of path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return path }
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    for name in ["model.safetensors", "model.safetensors.index.json"] {
      if FileManager.default.fileExists(atPath: "\(folder)/\(name)") { return "\(folder)/\(name)" }
    }
    // A folder that cannot be listed has no weights that could be named.
    let others = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.filter(GGUF.isNamed).sorted() ?? []
    let remedy =
      others.first.map { "name the file instead of its folder: \(folder)/\($0)" }
      ?? "weights in other formats (pytorch_model.bin) have to be converted to safetensors or GGUF first"
    throw CheckpointError.unreadable(
      file: path, reason: "it has neither model.safetensors nor model.safetensors.index.json; \(remedy)")
  }

  /// Bytes of all tensors as stored.
  public var bytes: Int { tensors.values.reduce(0) { $0 + $1.range.count } }

  /// - Parameter shape: the one the model needs, if that is known.
  /// - Throws: `CheckpointError.broken` with `.present` or `.expectedShape`.
  public func stored(_ name: String, shape: [Int]? = nil) throws -> StoredTensor {
    guard let tensor = tensors[name] else {
      throw CheckpointError.broken(
        .present, file: path, tensor: name, expected: "such a tensor", found: "\(tensors.count) others")
    }
    if let shape { try tensor.checkShape(shape) }
    return tensor
  }

  /// The tensor as 32-bit floats.
  ///
  /// - Throws: what `stored` throws; `.readableType`.
  public func tensor(_ name: String, shape: [Int]? = nil) throws -> Tensor {
    try stored(name, shape: shape).tensor()
  }

  /// The tensor as a matrix in place; `quantised()` converts it to bytes.
  ///
  /// - Throws: what `stored` throws; `.readableType`.
  public func matrix(_ name: String, shape: [Int]? = nil) throws -> StoredMatrix {
    try stored(name, shape: shape).matrix()
  }

  /// Looks at every number of every tensor that can be read, in the order of names.
  ///
  /// - Throws: `CheckpointError.broken` with `.finite` at the first infinity or NaN.
  public func checkFinite() throws {
    for name in tensors.keys.sorted() {
      guard let tensor = tensors[name], tensor.type.isReadable else { continue }
      try tensor.checkFinite()
    }
  }
}
