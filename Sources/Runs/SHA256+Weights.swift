import Basics
import Foundation
import Settings
import Terminal

extension SHA256 {
  /// Stands for the weights in a folder, or in a `.gguf` file, without reading all of them: names and lengths of its
  /// safetensors, their first MiB (where the names of tensors are), and 4 KiB at each of 256 places.
  ///
  /// - Returns: nil where there are none.
  /// - Throws: `RunError.unreadable`.
  static func sample(ofWeightsIn folder: String) throws -> String? {
    // What cannot be listed, or is not there, has no weights; loading the model reports the reason.
    if folder.lowercased().hasSuffix(".gguf") {
      guard FileManager.default.fileExists(atPath: folder) else { return nil }
      let place = URL(filePath: folder)
      return try sample(of: [place.lastPathComponent], in: place.deletingLastPathComponent().path)
    }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasSuffix(".safetensors") }.sorted()
    return names.isEmpty ? nil : try sample(of: names, in: folder)
  }

  private static func sample(of names: [String], in folder: String) throws -> String {
    var hash = SHA256()
    for name in names {
      let path = "\(folder)/\(name)"
      do {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }  // nothing was written
        let length = try file.seekToEnd()
        hash.update(Array("\(name) \(length)\n".utf8))
        for (place, count) in [(0, 1 << 20)] + (1...256).map({ (length / 257 * $0, 4096) }) {
          try file.seek(toOffset: place)
          hash.update(Array(try file.read(upToCount: count) ?? Data()))
        }
      } catch {
        throw RunError.unreadable(path, reason: error.systemReason)
      }
    }
    return hash.finish()
  }
}
