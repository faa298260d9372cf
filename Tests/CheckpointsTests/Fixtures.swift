import Checkpoints
import Foundation
import Tensors

/// A folder that goes away with the test.
final class Scratch: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-checkpoints-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // the system clears what is left

  func path(_ name: String) -> String { folder.appending(path: name).path }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: folder.appending(path: name))
    return path(name)
  }

  @discardableResult
  func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }
}

/// A file of the format from the text of its header and its data.
///
/// - Parameter length: what the file states, where that is not the truth.
func file(_ header: String, _ data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  file(header: Array(header.utf8), data, length: length)
}

func file(header: [UInt8], _ data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  withUnsafeBytes(of: (length ?? UInt64(header.count)).littleEndian) { Array($0) } + header + data
}

func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

func littleEndian(_ values: [Float]) -> [UInt8] {
  values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
}

func littleEndian(_ values: [UInt16]) -> [UInt8] {
  values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}

func opened(_ bytes: [UInt8]) throws -> Safetensors { try Safetensors(HeldBytes(bytes), file: "test") }
