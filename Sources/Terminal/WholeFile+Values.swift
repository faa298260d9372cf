import Basics
import Foundation

extension WholeFile {
  /// - Throws: `RunError.unwritable`; an earlier file is then untouched.
  package static func write(_ data: Data, to file: URL) throws {
    do {
      try write(to: file.path) { try $0.write(data) }
    } catch let fault as FileFault {
      throw RunError.unwritable(file.path, reason: fault.reason)
    }
  }

  package static func write(_ text: String, to file: URL) throws { try write(Data(text.utf8), to: file) }

  /// Keys sorted, so that the same values are the same bytes.
  package static func write(_ value: some Encodable, asJSONTo file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    var data: Data
    do {
      data = try encoder.encode(value)
    } catch {
      throw RunError.unwritable(file.path, reason: "\(error)")
    }
    data.append(UInt8(ascii: "\n"))
    try write(data, to: file)
  }

  /// Removes what killed writers of a file left beside it. Nothing else may be writing the file.
  package static func removeRemains(of file: URL) throws {
    let folder = file.deletingLastPathComponent()
    do {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where name.hasPrefix(".\(file.lastPathComponent).") {
        try FileManager.default.removeItem(at: folder.appending(path: name))
      }
    } catch {
      throw RunError.unwritable(file.path, reason: error.systemReason)
    }
  }
}
