import Checkpoints

extension HostileFile {
  static let ggufs = ggufFrames + ggufCuts + ggufKeys + ggufValues + ggufTensors + ggufPlaces

  private typealias File = GGUFFile
  private static let sound = File().tensor("a")

  private static let ggufFrames = [
    Self("nothing at all", breaks: .magic, []),
    Self("three letters", breaks: .magic, Array("GGU".utf8)),
    Self("small letters", breaks: .magic, Array("gguf".utf8) + zeros(60)),
    Self("the older format GGJT", breaks: .magic, Array("tjgg".utf8) + zeros(60)),
    Self("a page of HTML", breaks: .magic, Array("<!doctype html><html></html>".utf8)),
    Self("safetensors", breaks: .magic, file("{}")),
    Self("letters alone", breaks: .headerCut, Array("GGUF".utf8)),
    Self("version 0", breaks: .version, sound.with { $0.version = 0 }.bytes),
    Self("version 1", breaks: .version, sound.with { $0.version = 1 }.bytes),
    Self("version 4", breaks: .version, sound.with { $0.version = 4 }.bytes),
    Self("the byte order of other machines", breaks: .version, sound.with { $0.version = UInt32(3).byteSwapped }.bytes),
    Self("no counts", breaks: .headerCut, Array("GGUF".utf8) + File.number(3 as UInt32)),
    Self("one count", breaks: .headerCut, Array("GGUF".utf8) + File.number(3 as UInt32) + zeros(8)),
    Self("more tensors than fit", breaks: .countExtent, sound.with { $0.tensorCount = 3 }.bytes),
    Self("2^64 - 1 tensors", breaks: .countExtent, sound.with { $0.tensorCount = .max }.bytes),
    Self("2^63 tensors", breaks: .countExtent, sound.with { $0.tensorCount = 1 << 63 }.bytes),
    Self("more keys than fit", breaks: .countExtent, sound.with { $0.keyCount = 8 }.bytes),
    Self("2^64 - 1 keys", breaks: .countExtent, sound.with { $0.keyCount = .max }.bytes),
    Self(
      "more tensors than are allowed", breaks: .countLimit,
      File().with { $0.tensorCount = 100_001 }.bytes + zeros(100_001 * 33)),
    Self(
      "more keys than are allowed", breaks: .countLimit, File().with { $0.keyCount = 50_001 }.bytes + zeros(50_001 * 14)
    ),
    Self("a part of a model", breaks: .split, File().key("split.count", File.uint32(2)).bytes),
  ]

  /// A sound file with a key and a tensor, cut at every place where something else begins.
  private static let ggufCuts = [26, 30, 34, 38, 44, 50, 54, 60, 70, 74].map { place in
    let whole = File().key("ab", File.string("four")).tensor("a").bytes
    // The counts are looked at first: 33 bytes is the least that a tensor takes.
    return Self(
      "a file of \(place) bytes", breaks: place < 24 + 33 ? .countExtent : .headerCut, Array(whole.prefix(place)))
  }

  private static let ggufKeys = [
    Self("an empty key", breaks: .keyLength, File().key("", File.uint32(1)).bytes),
    Self(
      "a key of 65,536 bytes", breaks: .keyLength,
      File().key([UInt8](repeating: 0x61, count: 65_536), File.uint32(1)).bytes),
    Self("a key of 2^64 - 1 bytes", breaks: .keyLength, header(keys: 1) + File.number(UInt64.max) + zeros(40)),
    Self("a key longer than the file", breaks: .headerCut, header(keys: 1) + File.number(1000 as UInt64) + zeros(40)),
    Self("a key that is not UTF-8", breaks: .utf8, File().key([0xc3, 0x28], File.uint32(1)).bytes),
    Self("a key in overlong UTF-8", breaks: .utf8, File().key([0xc0, 0xaf], File.uint32(1)).bytes),
    Self("a key with an encoded surrogate", breaks: .utf8, File().key([0xed, 0xa0, 0x80], File.uint32(1)).bytes),
    Self("a key cut within a scalar", breaks: .utf8, File().key([0xe2, 0x82], File.uint32(1)).bytes),
    Self("a key twice", breaks: .uniqueKeys, in: "k", File().key("k", File.uint32(1)).key("k", File.uint32(2)).bytes),
    Self(
      "two keys that differ in bytes alone", breaks: .uniqueKeys,
      File().key("\u{e9}", File.uint32(1)).key("e\u{301}", File.uint32(1)).bytes),
  ]

  private static let ggufValues = [
    Self(
      "a value of type 13", breaks: .valueType, in: "k", File().key("k", File.number(13 as UInt32) + zeros(8)).bytes),
    Self(
      "a value of type 2^32 - 1", breaks: .valueType, in: "k", File().key("k", File.number(UInt32.max) + zeros(8)).bytes
    ),
    Self("a boolean of 2", breaks: .boolean, in: "k", File().key("k", File.bool(2)).bytes),
    Self("a list with a boolean of 255", breaks: .boolean, in: "k", File().key("k", File.list(7, [[1], [255]])).bytes),
    Self(
      "a text of 2^64 - 1 bytes", breaks: .headerCut, in: "k",
      File().key("k", File.number(8 as UInt32) + File.number(UInt64.max)).bytes),
    Self(
      "a text of 2^63 bytes", breaks: .headerCut, in: "k",
      File().key("k", File.number(8 as UInt32) + File.number((1 as UInt64) << 63)).bytes),
    Self(
      "a text that is not UTF-8", breaks: .utf8, in: "k",
      File().key("k", File.number(8 as UInt32) + File.text([0x80])).bytes),
    Self(
      "a text in a list that is not UTF-8", breaks: .utf8, in: "k",
      File().key("k", File.list(8, [File.text("a"), File.text([0xff])])).bytes),
    Self("a list of type 13", breaks: .valueType, in: "k", File().key("k", File.list(13, [zeros(8)])).bytes),
    Self(
      "a list longer than the file", breaks: .countExtent, in: "k", File().key("k", File.list(4, [], count: 9)).bytes),
    Self(
      "a list of 2^64 - 1 numbers", breaks: .countExtent, in: "k",
      File().key("k", File.list(10, [], count: .max)).bytes + zeros(64)),
    Self(
      "a list whose bytes overflow to 0", breaks: .countExtent, in: "k",
      File().key("k", File.list(10, [], count: 1 << 61)).bytes + zeros(64)),
    Self(
      "a list of 2^62 texts", breaks: .countExtent, in: "k",
      File().key("k", File.list(8, [], count: 1 << 62)).bytes + zeros(64)),
    Self(
      "a list of 2^60 lists", breaks: .countExtent, in: "k",
      File().key("k", File.list(9, [], count: 1 << 60)).bytes + zeros(64)),
    Self("lists nine deep", breaks: .depth, in: "k", File().key("k", File.nested(9)).bytes),
    Self("lists ten thousand deep", breaks: .depth, in: "k", File().key("k", File.nested(10_000)).bytes),
    Self(
      "a list that ends in an open text", breaks: .headerCut, in: "k",
      File().key("k", File.list(8, [File.text("a"), File.number(50 as UInt64)])).bytes),
    Self("an alignment of 0", breaks: .alignment, in: "general.alignment", aligned(File.uint32(0))),
    Self("an alignment of 4", breaks: .alignment, in: "general.alignment", aligned(File.uint32(4))),
    Self("an alignment of 24", breaks: .alignment, in: "general.alignment", aligned(File.uint32(24))),
    Self("an alignment of 2^31", breaks: .alignment, in: "general.alignment", aligned(File.uint32(1 << 31))),
    Self("an alignment of 2^32 - 1", breaks: .alignment, in: "general.alignment", aligned(File.uint32(.max))),
    Self("an alignment that is a text", breaks: .alignment, in: "general.alignment", aligned(File.string("32"))),
    Self("an alignment of 32.0", breaks: .alignment, in: "general.alignment", aligned(File.real(32))),
  ]

  private static let ggufTensors = [
    Self("a tensor without a name", breaks: .tensorName, File().tensor("").bytes),
    Self("a name of 65 bytes", breaks: .tensorName, File().tensor([UInt8](repeating: 0x61, count: 65)).bytes),
    Self(
      "a name of 2^64 - 1 bytes", breaks: .tensorName, header(tensors: 1) + File.number(UInt64.max) + zeros(40)),
    Self("a name that is not UTF-8", breaks: .utf8, File().tensor([0xff]).bytes),
    Self(
      "a name twice", breaks: .uniqueKeys, in: "a", File().tensor("a").tensor("a", offset: 32).bytes),
    Self("no axes", breaks: .axes, in: "a", File().tensor("a", []).bytes + zeros(8)),
    Self("five axes", breaks: .axes, in: "a", File().tensor("a", [1, 1, 1, 1, 1]).bytes),
    Self(
      "2^32 - 1 axes", breaks: .axes, in: "a", File().tensor(Array("a".utf8), [1], axes: .max).bytes),
    Self("an empty axis", breaks: .axes, in: "a", File().tensor("a", [4, 0]).bytes),
    Self("an axis of 2^63", breaks: .size, in: "a", File().tensor("a", [1 << 63]).bytes),
    Self("an axis of 2^64 - 1", breaks: .size, in: "a", File().tensor("a", [.max]).bytes),
    Self("a product of 2^64, which is 0", breaks: .size, in: "a", File().tensor("a", [1 << 32, 1 << 32]).bytes),
    Self("a product that overflows only in bytes", breaks: .size, in: "a", File().tensor("a", [1 << 62]).bytes),
    Self(
      "a product of blocks that overflows", breaks: .size, in: "a",
      File().tensor("a", [256, 1 << 57], type: 14).bytes),
    Self("a type of 4, which was withdrawn", breaks: .knownType, in: "a", File().tensor("a", type: 4).bytes),
    Self("a type of 99", breaks: .knownType, in: "a", File().tensor("a", type: 99).bytes),
    Self("a type of 2^32 - 1", breaks: .knownType, in: "a", File().tensor("a", type: .max).bytes),
    Self("Q2_K, which is not read", breaks: .readableType, in: "a", File().tensor("a", [256], type: 10).bytes),
    Self("IQ4_XS, which is not read", breaks: .readableType, in: "a", File().tensor("a", [256], type: 23).bytes),
    Self("64-bit numbers, which are not read", breaks: .readableType, in: "a", File().tensor("a", type: 28).bytes),
    Self("half a block", breaks: .blocks, in: "a", File().tensor("a", [16], type: 2, data: 18).bytes),
    Self(
      "rows of half blocks that are whole together", breaks: .blocks, in: "a",
      File().tensor("a", [128, 2], type: 12, data: 144).bytes),
  ]

  private static let ggufPlaces = [
    Self("an offset of 4", breaks: .offsetAlignment, in: "a", File().tensor("a", offset: 4).bytes),
    Self(
      "an offset aligned to 32 where 64 is stated", breaks: .offsetAlignment, in: "a",
      File().with { $0.alignment = 64 }.key("general.alignment", File.uint32(64)).tensor("a", offset: 32).bytes),
    Self("a tensor without data", breaks: .bounds, in: "a", File().tensor("a", data: 0).bytes),
    Self("a tensor that is cut", breaks: .bounds, in: "a", File().tensor("a", [2], data: 7).bytes),
    Self("a block that is cut", breaks: .bounds, in: "a", File().tensor("a", [32], type: 8, data: 33).bytes),
    Self(
      "an offset behind the end", breaks: .bounds, in: "a",
      File().tensor("a", offset: 1 << 40, data: 4).bytes),
    Self("an offset of 2^64 - 32", breaks: .bounds, in: "a", File().tensor("a", offset: .max - 31).bytes),
    Self(
      "an offset and bytes that overflow", breaks: .bounds, in: "a",
      File().tensor("a", [(1 << 61) - 8], offset: 1 << 63).bytes),
    Self("two on the same bytes", breaks: .overlap, in: "b", File().tensor("a").tensor("b", offset: 0).bytes),
    Self(
      "two that overlap", breaks: .overlap, in: "b",
      File().tensor("a", [16], data: 64).tensor("b", offset: 32).bytes),
    Self(
      "one within another", breaks: .overlap, in: "b",
      File().tensor("a", [64], data: 256).tensor("b", [1], offset: 128).tensor("c", offset: 256).bytes),
  ]

  private static func aligned(_ value: [UInt8]) -> [UInt8] { File().key("general.alignment", value).tensor("a").bytes }

  /// Letters, version and counts of a file whose rest is written by hand.
  private static func header(tensors: UInt64 = 0, keys: UInt64 = 0) -> [UInt8] {
    Array("GGUF".utf8) + File.number(3 as UInt32) + File.number(tensors) + File.number(keys)
  }
}
