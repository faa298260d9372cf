import Checkpoints
import Foundation

/// A GGUF file put together piece by piece, right or wrong.
struct GGUFFile {
  var version: UInt32 = 3
  var alignment = 32
  /// What the file states, where that is not the truth.
  var tensorCount: UInt64?
  var keyCount: UInt64?
  private(set) var keys: [[UInt8]] = []
  private(set) var entries: [[UInt8]] = []
  var data: [UInt8] = []

  /// - Parameter value: type and bytes, as the functions below make them.
  func key(_ name: [UInt8], _ value: [UInt8]) -> Self { with { $0.add(key: name, value) } }

  mutating func add(key name: [UInt8], _ value: [UInt8]) { keys.append(Self.text(name) + value) }

  func key(_ name: String, _ value: [UInt8]) -> Self { key(Array(name.utf8), value) }

  /// The entry of a tensor, and zeros up to its end.
  func tensor(
    _ name: [UInt8] = Array("a".utf8), _ sizes: [UInt64] = [1], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 4,
    axes: UInt32? = nil
  ) -> Self {
    with { file in
      file.add(name, sizes, type: type, offset: offset, axes: axes)
      let end = offset < 1 << 30 ? Int(offset) + data : data
      if file.data.count < end { file.data += zeros(end - file.data.count) }
    }
  }

  /// The entry of a tensor alone.
  mutating func add(
    _ name: [UInt8], _ sizes: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, axes: UInt32? = nil
  ) {
    entries.append(
      Self.text(name) + Self.number(axes ?? UInt32(sizes.count)) + sizes.flatMap { Self.number($0) }
        + Self.number(type) + Self.number(offset))
  }

  func tensor(_ name: String, _ sizes: [UInt64] = [1], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 4) -> Self {
    tensor(Array(name.utf8), sizes, type: type, offset: offset, data: data)
  }

  func with(_ change: (inout Self) -> Void) -> Self {
    var file = self
    change(&file)
    return file
  }

  var bytes: [UInt8] {
    var bytes = Array("GGUF".utf8) + Self.number(version) + Self.number(tensorCount ?? UInt64(entries.count))
    bytes += Self.number(keyCount ?? UInt64(keys.count)) + keys.joined() + entries.joined()
    if !data.isEmpty { bytes += zeros((alignment - bytes.count % alignment) % alignment) + data }
    return bytes
  }

  static func number(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }

  static func text(_ bytes: [UInt8]) -> [UInt8] { number(UInt64(bytes.count)) + bytes }
  static func text(_ text: String) -> [UInt8] { Self.text(Array(text.utf8)) }

  static func uint32(_ value: UInt32) -> [UInt8] { number(4 as UInt32) + number(value) }
  static func real(_ value: Float) -> [UInt8] { number(6 as UInt32) + number(value.bitPattern) }
  static func bool(_ value: UInt8) -> [UInt8] { number(7 as UInt32) + [value] }
  static func string(_ value: String) -> [UInt8] { number(8 as UInt32) + text(value) }

  /// A list; `elements` are their bytes without a type.
  static func list(_ type: UInt32, _ elements: [[UInt8]], count: UInt64? = nil) -> [UInt8] {
    number(9 as UInt32) + number(type) + number(count ?? UInt64(elements.count)) + elements.joined()
  }

  static func strings(_ values: [String]) -> [UInt8] { list(8, values.map { text($0) }) }

  /// Lists within each other, the innermost empty.
  static func nested(_ depth: Int) -> [UInt8] {
    var inner = number(0 as UInt32) + number(0 as UInt64)
    for _ in 1..<depth { inner = number(9 as UInt32) + number(1 as UInt64) + inner }
    return number(9 as UInt32) + inner
  }
}

func openedGGUF(_ bytes: [UInt8]) throws -> GGUF { try GGUF(HeldBytes(bytes), file: "test.gguf") }

/// Tests/Fixtures/GGUF, which make.py there made with the package of llama.cpp's authors.
func ggufFixture(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
    path: "Fixtures/GGUF/\(name)")
}
