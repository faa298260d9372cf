import Basics
import Foundation
import Terminal

/// A small text file as a whole: settings, prompts, recordings of our own.
enum TextFile {
  /// - Throws: `RunError.unreadable`.
  static func read(_ path: String, atMost limit: Int) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw RunError.unreadable(path, reason: "there is no such file")
    }
    guard !isFolder.boolValue else { throw RunError.unreadable(path, reason: "it is a folder") }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw RunError.unreadable(path, reason: "opening it is not permitted")
    }
    defer { try? handle.close() }
    let data: Data
    do {
      data = try handle.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw RunError.unreadable(path, reason: error.systemReason)
    }
    guard data.count <= limit else {
      throw RunError.unreadable(path, reason: "it is longer than \(limit) bytes")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw RunError.unreadable(path, reason: "it is not UTF-8")
    }
    return text
  }
}
