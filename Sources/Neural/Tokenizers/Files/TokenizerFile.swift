import Basics
import Foundation
import JSON

extension BytePairTokenizer {
  /// The tokenizer in a folder: its file `tokenizer.json`. Where `tokenizer_config.json` stands beside it, both
  /// files must agree about added tokens.
  ///
  /// - Parameter name: the name in records; by default the folder's name.
  /// - Throws: `TokenizerError`, which names the file, the key, the expected and the found value.
  public init(folder: String, name: String? = nil) throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    try self.init(
      json: try Self.read(url.appending(path: "tokenizer.json").path), file: url.appending(path: "tokenizer.json").path,
      name: name ?? url.standardizedFileURL.lastPathComponent)
    if let configuration = try TokenizerConfiguration(folder: folder) { try check(against: configuration) }
  }

  /// A tokenizer from the bytes of its file.
  ///
  /// - Parameter file: the name in messages.
  public init(json: [UInt8], file: String = "tokenizer.json", name: String) throws {
    let vocabulary = try reading { try TokenizerLoader(JSONText(json, file: file)).vocabulary() }
    self.init(name: name, vocabulary: vocabulary)
  }

  /// A file's bytes.
  static func read(_ path: String) throws -> [UInt8] {
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      guard attributes[.type] as? FileAttributeType != .typeDirectory else {
        throw TokenizerError.unreadable(file: path, reason: "it is a folder")
      }
      let data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
      guard data.count <= Limits.fileBytes else {
        throw TokenizerError.unreadable(
          file: path, reason: "\(data.count) bytes are more than a tokenizer has (at most \(Limits.fileBytes))")
      }
      return [UInt8](data)
    } catch let error as CocoaError {
      let reason = error.code == .fileReadNoSuchFile ? "there is no such file" : error.systemReason
      throw TokenizerError.unreadable(file: path, reason: reason)
    }
  }
}
