import Basics
import Foundation
import Terminal

extension SHA256 {
  /// A file's hash. Of files above 256 MiB only the size and 64 spread pieces of 1 MiB are hashed,
  /// which the prefix `sampled:` says.
  package static func hash(file path: String) throws -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw RunError.unreadable(path, reason: "opening it is not permitted, or it is gone")
    }
    defer { try? handle.close() }
    let piece = 1 << 20
    var hash = SHA256()
    do {
      let size = try handle.seekToEnd()
      let isWhole = size <= 256 << 20
      let starts =
        isWhole
        ? Array(stride(from: 0, to: size, by: piece))
        : (0..<64).map { UInt64($0) * (size - UInt64(piece)) / 63 }
      if !isWhole { hash.update(Array("\(size)".utf8)) }
      for start in starts {
        try handle.seek(toOffset: start)
        hash.update([UInt8](try handle.read(upToCount: piece) ?? Data()))
      }
      return (isWhole ? "" : "sampled:") + hash.finish()
    } catch {
      throw RunError.unreadable(path, reason: error.systemReason)
    }
  }
}
