import Foundation

/// Files that are there whole or not at all: written aside, synced, renamed.
package enum WholeFile {
  package static func write(_ data: Data, to file: URL) throws {
    let aside = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).\(getpid())")
    do {
      try data.write(to: aside)
      let handle = try FileHandle(forUpdating: aside)
      try handle.synchronize()
      try handle.close()
      guard rename(aside.path, file.path) == 0 else {
        throw WorkbenchError.unwritable(file.path, reason: String(cString: strerror(errno)))
      }
    } catch let error as WorkbenchError {
      unlink(aside.path)
      throw error
    } catch {
      unlink(aside.path)
      throw WorkbenchError.unwritable(file.path, reason: error.localizedDescription)
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
      throw WorkbenchError.unwritable(file.path, reason: "\(error)")
    }
    data.append(UInt8(ascii: "\n"))
    try write(data, to: file)
  }
}
