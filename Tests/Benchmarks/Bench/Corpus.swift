import Foundation

/// The text that is measured on.
enum Corpus {
  /// A file, or the licences present on every Debian machine, repeated to at least 1 MB.
  static func text(_ path: String?) throws -> String {
    if let path { return try String(contentsOf: URL(filePath: path), encoding: .utf8) }
    let folder = URL(filePath: "/usr/share/common-licenses")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let texts = names.compactMap { try? String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
    guard texts.contains(where: { !$0.isEmpty }) else {
      throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: folder.path])
    }
    let once = texts.joined(separator: "\n\n")
    return String(repeating: once, count: 1_000_000 / once.utf8.count + 1)
  }
}
