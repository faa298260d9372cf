import Basics
import Foundation
import Palimpsest

/// The texts of a path: a file, or the regular files of a folder, by name. Symbolic links in a folder are left
/// out, so that no file is read twice.
public struct Documents: Sendable {
  /// The path as it was given.
  public let path: String
  /// Paths of the files, sorted by name.
  public let files: [String]

  /// - Throws: `TextError.unreadable` for a path that leads nowhere, `.empty` for a folder without files.
  public init(_ path: String) throws {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      files = [path]
      return
    }
    let folder = URL(filePath: path)
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    } catch {
      throw TextError.unreadable(path, reason: error.systemReason)
    }
    files = names.map { folder.appending(path: $0).path }.filter { file in
      (try? FileManager.default.attributesOfItem(atPath: file)[.type]) as? FileAttributeType == .typeRegular
    }
    guard !files.isEmpty else { throw TextError.empty(path) }
  }

  /// Each text whole, bytes that make no character as U+FFFD.
  ///
  /// - Throws: `TextError.unreadable`; `.empty` where no file has a byte.
  public func texts() throws -> [String] {
    let texts = try files.map { file in
      let text = try FileText(file)
      var bytes: [UInt8] = []
      while let piece = try text.piece(from: bytes.count) { bytes += piece }
      return String(decoding: bytes, as: UTF8.self)
    }.filter { !$0.isEmpty }
    guard !texts.isEmpty else { throw TextError.empty(path) }
    return texts
  }
}
