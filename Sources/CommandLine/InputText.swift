import Basics
import Foundation
import Settings
import Terminal

/// A text that a verb is given, as a whole.
enum InputText {
  /// - Parameters:
  ///   - path: a file; - for standard input.
  ///   - name: what messages call it; the path where it is nil.
  /// - Throws: `RunError.unreadable`.
  static func read(_ path: String, called name: String? = nil) throws -> String {
    var isFolder: ObjCBool = false
    if path != "-" {
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw RunError.unreadable(name ?? path, reason: "there is no such file")
      }
      guard !isFolder.boolValue else { throw RunError.unreadable(name ?? path, reason: "it is a folder") }
    }
    let data: Data
    do {
      data = try path == "-" ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(filePath: path))
    } catch {
      throw RunError.unreadable(name ?? path, reason: error.systemReason)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw RunError.unreadable(name ?? path, reason: "it is not UTF-8")
    }
    return text
  }
}
