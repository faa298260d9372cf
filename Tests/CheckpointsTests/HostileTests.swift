import Checkpoints
import Foundation
import Palimpsest
import Testing

@Suite struct `A hostile safetensors file` {
  @Test func `moves no cursor by the names in it`() throws {
    let name = "\u{1b}[2J\u{202e}" + String(repeating: "x", count: 4000)
    let escaped = #"\u001b[2J\u202e"# + String(repeating: "x", count: 4000)
    let error = #expect(throws: CheckpointError.self) { try opened(file(#"{"\#(escaped)":{}}"#)) }
    guard case .broken(.entryKeys, _, name, _, _)? = error else { throw try #require(error) }
    let text = "\(try #require(error))"
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
    #expect(text.utf8.count < 600)
  }

  @Test func `says file, tensor, rule, what was expected, what was found and what to do`() throws {
    let error = #expect(throws: CheckpointError.self) {
      try opened(file(#"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, zeros(8)))
    }
    #expect(
      error?.description == "test, “w”: shape and element type fill the extent: expected 12 bytes for [3] of F32, "
        + "found 8; the file is cut off or damaged; copy it again")
  }

  /// What is read from an accepted file must lie within it, so accepted mutants are read to the end.
  @Test func `made by changing bytes of a sound one is refused or read, and never traps`() throws {
    let isLong = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil
    var random = SeededGenerator(seed: 4, purpose: "mutants")
    var refused: [Rule: Int] = [:]
    var accepted = 0
    for _ in 0..<(isLong ? 1_000_000 : 10_000) {
      let mutant = Mutant.next(using: &random)
      do {
        let file = try opened(mutant)
        accepted += 1
        for tensor in file.tensors.values where tensor.type.isReadable {
          #expect(try tensor.tensor().scalars.count == tensor.count)
        }
      } catch CheckpointError.broken(let rule, _, _, _, _) {
        refused[rule, default: 0] += 1
      }
    }
    // Were nothing accepted, or all refused by one rule, the campaign would look at the door only.
    #expect(accepted > 50)
    #expect(refused.count >= 12)
  }
}

/// Sound files with some of their bytes, numbers or words changed.
enum Mutant {
  static let sound: [[UInt8]] = [
    file(
      #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
        + #""b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]}}"#,
      zeros(40)),
    file(#"{"n\u00e4me\n":{"dtype":"F16","shape":[0,7],"data_offsets":[0,0]}}   "#),
    file(
      #"{"z":{"data_offsets":[8,16],"shape":[8],"dtype":"U8"},"y":{"data_offsets":[0,8],"dtype":"F32","shape":[2,1]}}"#,
      zeros(16)),
  ]

  private static let words = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "null", "0", "1", "4", "8", "-1", "9223372036854775807",
    "18446744073709551615", "F32", "BF16", "F16", "F64", "F4", "dtype", "shape", "data_offsets", "__metadata__",
    "[0,0]", "{}", "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},", " ", "\u{0}", "é", "1e9", "1.5",
  ].map { Array($0.utf8) }

  static func next(using random: inout SeededGenerator) -> [UInt8] {
    var bytes = sound[Int.random(in: 0..<sound.count, using: &random)]
    let isHonest = Bool.random(using: &random)
    let header = Int(bytes[0])
    var length = header
    for _ in 0..<Int.random(in: 1...3, using: &random) where bytes.count > 9 {
      let place = Int.random(in: 8..<min(bytes.count, 8 + max(length, 1)), using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = .random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2:
        let word = words[Int.random(in: 0..<words.count, using: &random)]
        bytes.insert(contentsOf: word, at: place)
        length += word.count
      case 3:
        let end = min(place + Int.random(in: 1...12, using: &random), bytes.count)
        bytes.removeSubrange(place..<end)
        length = max(length - (end - place), 0)
      case 4: bytes[Int.random(in: 0..<8, using: &random)] = .random(in: 0...255, using: &random)
      default: if bytes[place] >= 0x30, bytes[place] <= 0x39 { bytes[place] = .random(in: 0x30...0x39, using: &random) }
      }
    }
    // Half of them state the length they have: else nearly all would fail at the first rule.
    if isHonest, bytes.count >= 8 {
      withUnsafeBytes(of: UInt64(length).littleEndian) { for index in 0..<8 { bytes[index] = $0[index] } }
    }
    return bytes
  }
}
