import Basics
import Foundation
import Tensors

extension Checkpoint {
  /// Writes tensors as one safetensors file, whole or not at all: it is written aside, synced and
  /// renamed.
  ///
  /// Equal tensors, metadata and type give equal bytes: names are in the order of their UTF-8, and
  /// nothing about the day or the machine is added. The data begins at a multiple of 64 bytes.
  ///
  /// - Parameters:
  ///   - tensors: by name; values that are not finite are written unchanged.
  ///   - type: `.float32`, or `.bfloat16` (rounded to nearest, ties to even).
  /// - Throws: `CheckpointError.unwritable`.
  /// - Precondition: no tensor is named `__metadata__`; the type is one of these two.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], as type: StoredType = .float32, to file: String
  ) throws {
    precondition([.float32, .bfloat16].contains(type), "checkpoints are written as F32 or BF16, not \(type.rawValue)")
    let names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    try CheckpointError.writing(file) { output in
      try output.write(header(of: names.map { ($0, tensors[$0]?.shape ?? []) }, metadata: metadata, type: type))
      for name in names {
        guard let tensor = tensors[name] else { continue }
        try tensor.scalars.withUnsafeBufferPointer { floats in
          if type == .float32 { return try output.write(UnsafeRawBufferPointer(floats)) }
          // A piece at a time: a copy of an embedding table would be as large as it.
          for begin in stride(from: 0, to: floats.count, by: 1 << 16) {
            let piece = floats[begin..<min(begin + 1 << 16, floats.count)].map { narrowed($0).littleEndian }
            try piece.withUnsafeBytes { try output.write($0) }
          }
        }
      }
    }
  }

  /// Length and JSON, padded with blanks so that the data begins at a multiple of 64.
  static func header(
    of entries: [(name: String, shape: [Int])], metadata: [String: String], type: StoredType
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      members.append(
        "\"__metadata__\":{" + pairs.map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ",") + "}")
    }
    var begin = 0
    for (name, shape) in entries {
      precondition(name != "__metadata__", "a tensor may not be named __metadata__")
      let end = begin + shape.reduce(type.bits / 8, *)
      let sizes = shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(sizes)],\"data_offsets\":[\(begin),\(end)]}")
      begin = end
    }
    let text = "{" + members.joined(separator: ",") + "}"
    var bytes = Array(text.utf8)
    bytes += [UInt8](repeating: 0x20, count: (64 - (bytes.count + 8) % 64) % 64)
    return withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) } + bytes
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        quoted += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

/// Single precision to bfloat16, to nearest, ties to even; a NaN stays one.
@inline(__always) func narrowed(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
  return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
}

extension CheckpointError {
  /// Writes a file whole or not at all.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  static func writing(_ file: String, _ body: (inout WholeFile) throws -> Void) throws {
    do {
      try WholeFile.write(to: file, body)
    } catch let fault as FileFault {
      throw CheckpointError.unwritable(file: file, reason: fault.reason)
    }
  }
}
