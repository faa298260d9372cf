import Checkpoints
import Testing

/// A file that breaks one rule of the format.
struct HostileFile: Sendable, CustomTestStringConvertible {
  var name: String
  var rule: Rule
  /// The tensor the error should name.
  var tensor: String?
  var bytes: [UInt8]
  var testDescription: String { name }

  init(_ name: String, breaks rule: Rule, in tensor: String? = nil, _ bytes: [UInt8]) {
    self.name = name
    self.rule = rule
    self.tensor = tensor
    self.bytes = bytes
  }
}

extension HostileFile {
  static let all = frames + texts + keys + entries + shapes + extents + metadata

  /// One sound entry of four bytes.
  private static let sound = #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

  private static let frames = [
    Self("nothing at all", breaks: .lengthField, []),
    Self("three bytes", breaks: .lengthField, [1, 0, 0]),
    Self("seven bytes", breaks: .lengthField, zeros(7)),
    Self("a header of no bytes", breaks: .headerStart, zeros(8)),
    Self("a header of no bytes before data", breaks: .headerStart, zeros(16)),
    Self("a length of all ones", breaks: .headerLimit, [UInt8](repeating: 255, count: 16)),
    Self("a length with its highest bit", breaks: .headerLimit, file("{}", length: 1 << 63)),
    Self("a length one above the limit", breaks: .headerLimit, file("{}", length: 100_000_001)),
    Self("a length at the limit in a small file", breaks: .headerExtent, file("{}", length: 100_000_000)),
    Self("a length one byte too long", breaks: .headerExtent, file("{}", length: 3)),
    Self("a length written with the wrong end first", breaks: .headerLimit, file("{}", length: UInt64(2).byteSwapped)),
    Self("a length one byte too short", breaks: .json, file("{\(sound)}", zeros(4), length: 52)),
    Self("a page of HTML", breaks: .headerLimit, Array("<!doctype html><html></html>".utf8)),
    Self("a pickle", breaks: .headerExtent, [0x80, 2, 0x8a, 0, 0, 0, 0, 0, 0x20]),
    Self("a list", breaks: .headerStart, file("[]")),
    Self("a blank before the brace", breaks: .headerStart, file(" {}")),
    Self("a byte order mark", breaks: .headerStart, file("\u{feff}{}")),
    Self("UTF-16", breaks: .json, file(header: [0x7b, 0, 0x7d, 0])),
  ]

  private static let texts = [
    Self("an open object", breaks: .json, file("{")),
    Self("an open string", breaks: .json, file(#"{"a"#)),
    Self("a string that ends in an escape", breaks: .json, file(#"{"a\"#)),
    Self("a comma at the end", breaks: .json, file("{\(sound),}", zeros(4))),
    Self("no comma", breaks: .json, file(#"{"__metadata__":{} \#(sound)}"#, zeros(4))),
    Self("no colon", breaks: .json, file(#"{"a" {}}"#)),
    Self("keys without quotes", breaks: .json, file("{a:{}}")),
    Self("quotes of the wrong kind", breaks: .json, file("{'a':{}}")),
    Self("a comment", breaks: .json, file("{/* */}")),
    Self("a second object", breaks: .json, file("{}{}")),
    Self("letters behind the object", breaks: .json, file("{} x")),
    Self("zeros behind the object", breaks: .json, file(header: Array("{}".utf8) + zeros(6))),
    Self("a line break in a name", breaks: .json, file("{\"a\nb\":{}}")),
    Self("NUL in a name", breaks: .json, file(header: [0x7b, 0x22, 0, 0x22])),
    Self("an escape JSON does not have", breaks: .json, file(#"{"\x41":{}}"#)),
    Self("an escape of three digits", breaks: .json, file(#"{"\u041":{}}"#)),
    Self("a name that is not UTF-8", breaks: .utf8, file(header: [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a])),
    Self("a name in overlong UTF-8", breaks: .utf8, file(header: [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a])),
    Self("a name with an encoded surrogate", breaks: .utf8, file(header: [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a])),
    Self("a name that is cut within a scalar", breaks: .utf8, file(header: [0x7b, 0x22, 0xe2, 0x82, 0x22, 0x3a])),
    Self("half an escaped pair", breaks: .utf8, file(#"{"\ud800":{}}"#)),
    Self("the wrong half first", breaks: .utf8, file(#"{"\udc00\ud800":{}}"#)),
  ]

  private static let keys = [
    Self("a name twice", breaks: .uniqueKeys, file("{\(sound),\(sound)}", zeros(4))),
    Self("a name twice, once escaped", breaks: .uniqueKeys, file(#"{\#(sound),"\u0061":{}}"#, zeros(4))),
    Self(
      "two names that differ in bytes alone", breaks: .uniqueKeys,
      file(
        "{\"\u{e9}\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
          + "\"e\u{301}\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")),
    Self("metadata twice", breaks: .uniqueKeys, file(#"{"__metadata__":{},"__metadata__":{}}"#)),
    Self(
      "dtype twice", breaks: .uniqueKeys, in: "a",
      file(#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, zeros(4))),
    Self(
      "shape twice", breaks: .uniqueKeys, in: "a",
      file(#"{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, zeros(4))),
    Self("a key of metadata twice", breaks: .uniqueKeys, file(#"{"__metadata__":{"k":"1","k":"2"}}"#)),
  ]

  private static let entries = [
    Self("an entry that is a number", breaks: .entryKeys, in: "a", file(#"{"a":1}"#)),
    Self("an entry that is null", breaks: .entryKeys, in: "a", file(#"{"a":null}"#)),
    Self("an empty entry", breaks: .entryKeys, in: "a", file(#"{"a":{}}"#)),
    Self("no dtype", breaks: .entryKeys, in: "a", file(#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, zeros(4))),
    Self("no shape", breaks: .entryKeys, in: "a", file(#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, zeros(4))),
    Self("no offsets", breaks: .entryKeys, in: "a", file(#"{"a":{"dtype":"F32","shape":[1]}}"#, zeros(4))),
    Self(
      "a fourth key", breaks: .entryKeys, in: "a",
      file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"device":"cpu"}}"#, zeros(4))),
    Self("an unknown type", breaks: .knownType, in: "a", entry("\"F31\"", "[1]", "[0,4]", 4)),
    Self("a type in small letters", breaks: .knownType, in: "a", entry("\"f32\"", "[1]", "[0,4]", 4)),
    Self("an empty type", breaks: .knownType, in: "a", entry("\"\"", "[1]", "[0,4]", 4)),
    Self("a type that is a number", breaks: .knownType, in: "a", entry("32", "[1]", "[0,4]", 4)),
  ]

  private static let shapes = [
    Self("a shape that is a number", breaks: .shape, in: "a", entry("\"F32\"", "1", "[0,4]", 4)),
    Self("a negative size", breaks: .shape, in: "a", entry("\"F32\"", "[-1]", "[0,4]", 4)),
    Self("two negative sizes", breaks: .shape, in: "a", entry("\"F32\"", "[-1,-1]", "[0,4]", 4)),
    Self("a fraction", breaks: .shape, in: "a", entry("\"F32\"", "[1.0]", "[0,4]", 4)),
    Self("an exponent", breaks: .shape, in: "a", entry("\"F32\"", "[1e0]", "[0,4]", 4)),
    Self("a size with a leading zero", breaks: .shape, in: "a", entry("\"F32\"", "[01]", "[0,4]", 4)),
    Self("a size that is a string", breaks: .shape, in: "a", entry("\"F32\"", "[\"1\"]", "[0,4]", 4)),
    Self("a size of null", breaks: .shape, in: "a", entry("\"F32\"", "[null]", "[0,4]", 4)),
    Self("a list within a shape", breaks: .shape, in: "a", entry("\"F32\"", "[[1]]", "[0,4]", 4)),
    Self("a size of 2^63", breaks: .shape, in: "a", entry("\"F32\"", "[9223372036854775808]", "[0,4]", 4)),
    Self(
      "a size of a thousand digits", breaks: .shape, in: "a",
      entry("\"F32\"", "[\(String(repeating: "9", count: 1000))]", "[0,4]", 4)),
    Self(
      "seventeen axes", breaks: .rankLimit, in: "a",
      entry("\"F32\"", "[\(Array(repeating: "1", count: 17).joined(separator: ","))]", "[0,4]", 4)),
    Self(
      "a product of 2^64, which is 0", breaks: .size, in: "a", entry("\"F32\"", "[4294967296,4294967296]", "[0,0]", 0)),
    Self(
      "a product that overflows only in bits", breaks: .size, in: "a",
      entry("\"F64\"", "[1152921504606846976]", "[0,0]", 0)),
    Self(
      "an overflow before a zero", breaks: .size, in: "a",
      entry("\"F32\"", "[4611686018427387904,4,0]", "[0,0]", 0)),
  ]

  private static let extents = [
    Self("one offset", breaks: .offsets, in: "a", entry("\"F32\"", "[1]", "[0]", 4)),
    Self("three offsets", breaks: .offsets, in: "a", entry("\"F32\"", "[1]", "[0,4,8]", 4)),
    Self("offsets that go back", breaks: .offsets, in: "a", entry("\"F32\"", "[1]", "[4,0]", 4)),
    Self("negative offsets", breaks: .offsets, in: "a", entry("\"F32\"", "[1]", "[-4,0]", 4)),
    Self(
      "offsets of 2^64", breaks: .offsets, in: "a",
      entry("\"F32\"", "[1]", "[18446744073709551612,18446744073709551616]", 4)),
    Self("offsets that are no list", breaks: .offsets, in: "a", entry("\"F32\"", "[1]", "4", 4)),
    Self("an extent too long for its shape", breaks: .extent, in: "a", entry("\"F32\"", "[1]", "[0,8]", 8)),
    Self("an extent too short for its shape", breaks: .extent, in: "a", entry("\"F32\"", "[3]", "[0,8]", 8)),
    Self("an extent of the wrong type", breaks: .extent, in: "a", entry("\"F16\"", "[1]", "[0,4]", 4)),
    Self("half a byte", breaks: .extent, in: "a", entry("\"F4\"", "[1]", "[0,1]", 1)),
    Self("an extent behind the end", breaks: .bounds, in: "a", entry("\"F32\"", "[2]", "[0,8]", 4)),
    Self(
      "an extent far behind the end", breaks: .bounds, in: "a",
      entry("\"U8\"", "[1]", "[1152921504606846975,1152921504606846976]", 4)),
    Self("a tensor without data", breaks: .bounds, in: "a", entry("\"F32\"", "[1]", "[0,4]", 0)),
    Self("a hole at the beginning", breaks: .hole, in: "a", entry("\"F32\"", "[1]", "[4,8]", 8)),
    Self("a hole between two", breaks: .hole, in: "b", pair("[0,4]", "[8,12]", 12)),
    Self("two that overlap", breaks: .overlap, in: "b", pair("[0,4]", "[2,6]", 6)),
    Self("two on the same bytes", breaks: .overlap, pair("[0,4]", "[0,4]", 4)),
    Self("bytes behind the last", breaks: .bufferEnd, entry("\"F32\"", "[1]", "[0,4]", 5)),
    Self("data without a tensor", breaks: .bufferEnd, file("{}", zeros(4))),
    Self("metadata and data without a tensor", breaks: .bufferEnd, file(#"{"__metadata__":{"a":"b"}}"#, zeros(1))),
  ]

  private static let metadata = [
    Self("metadata that is a string", breaks: .metadata, file(#"{"__metadata__":"pt"}"#)),
    Self("metadata that is a list", breaks: .metadata, file(#"{"__metadata__":[]}"#)),
    Self("metadata with a number", breaks: .metadata, file(#"{"__metadata__":{"epoch":3}}"#)),
    Self("metadata with null", breaks: .metadata, file(#"{"__metadata__":{"epoch":null}}"#)),
    Self("metadata with a table", breaks: .metadata, file(#"{"__metadata__":{"a":{"b":"c"}}}"#)),
    Self(
      "a tensor as metadata", breaks: .metadata, in: nil,
      file(#"{"__metadata__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, zeros(4))),
  ]

  private static func entry(_ type: String, _ shape: String, _ offsets: String, _ data: Int) -> [UInt8] {
    file(#"{"a":{"dtype":\#(type),"shape":\#(shape),"data_offsets":\#(offsets)}}"#, zeros(data))
  }

  private static func pair(_ first: String, _ second: String, _ data: Int) -> [UInt8] {
    file(
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":\#(first)},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":\#(second)}}"#, zeros(data))
  }
}
