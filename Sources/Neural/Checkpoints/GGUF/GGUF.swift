import JSON
import Tensors

/// One file of the GGUF format: metadata, the place of each tensor, and the tensors' bytes.
///
///     4 bytes      the letters GGUF
///     4 bytes      the version, 2 or 3
///     8 bytes      the number of tensors
///     8 bytes      the number of keys
///     the keys     a text, the type of the value, the value
///     the tensors  name, number of axes, sizes with the fastest first, type, offset in the data
///     the data     from the next multiple of the alignment on (`general.alignment`, else 32)
///
/// Opening reads the header and no weight. A value of this type has passed every rule of the format, so
/// later reads stay within the file.
///
/// Source: docs/gguf.md of ggml.
///
/// - Throws: `CheckpointError.unreadable`, `.broken`.
public struct GGUF: Sendable {
  /// Path of the file, for messages.
  public let file: String
  /// 2 or 3; both are written alike in this machine's byte order.
  public let version: Int
  /// The metadata by key.
  public let metadata: [String: GGUFValue]
  /// All tensors by the names in the file. Shapes have the rows first, as everywhere here: the file's [columns, rows]
  /// reversed.
  public let tensors: [String: StoredTensor]

  /// Tensors of one file. The largest published models have some thousands.
  public static let mostTensors = 100_000
  /// Keys of one file. Published models have some dozens.
  public static let mostKeys = 50_000

  /// Whether a path names a file of this format, by its end.
  public static func isNamed(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

  /// Maps the file and reads its header.
  public init(_ file: String) throws {
    try self.init(HeldBytes(mapping: file), file: file)
  }

  /// A file that is in memory already.
  ///
  /// - Parameter file: the name in errors.
  public init(_ held: HeldBytes, file: String) throws {
    self.file = file
    (version, metadata, tensors) = try held.withBytes { bytes in
      var reader = GGUFReader(bytes, file: file)
      let version = try reader.version()
      let (tensorCount, keyCount) = try reader.counts()
      let metadata = try reader.metadata(held, count: keyCount)
      if let count = metadata["split.count"]?.whole, count > 1 {
        throw reader.fault(.split, expected: "a whole model", found: "one of \(count) parts")
      }
      let alignment = try reader.alignment(metadata["general.alignment"])
      let places = try reader.places(count: tensorCount)
      return (version, metadata, try reader.tensors(places, alignment: alignment, in: held))
    }
  }
}

/// The entry of a tensor.
private struct Place {
  var name: String
  var type: StoredType
  var shape: [Int]
  /// Counted from the beginning of the data.
  var offset: UInt64
  var bytes: Int
}

extension GGUFReader {
  fileprivate mutating func version() throws -> Int {
    guard rest >= 4, try number("the first letters", as: UInt32.self) == 0x4655_4747 else {
      throw fault(.magic, expected: "these letters", found: "others")
    }
    let version = try number("the version", as: UInt32.self)
    guard (2...3).contains(version) else {
      let isSwapped = (2...3).contains(version.byteSwapped)
      throw fault(
        .version, expected: "2 or 3", found: isSwapped ? "a file in the byte order of other machines" : "\(version)")
    }
    return Int(version)
  }

  fileprivate mutating func counts() throws -> (tensors: Int, keys: Int) {
    let tensors = try number("the number of tensors", as: UInt64.self)
    let keys = try number("the number of keys", as: UInt64.self)
    for (count, most, least, what) in [(tensors, GGUF.mostTensors, 33, "tensors"), (keys, GGUF.mostKeys, 14, "keys")] {
      // An entry has at least so many bytes, so a small file cannot ask for memory.
      guard count <= UInt64(rest / least) else {
        throw fault(.countExtent, expected: "at most \(rest / least) \(what) in \(rest) bytes", found: "\(count)")
      }
      guard count <= UInt64(most) else {
        throw fault(.countLimit, expected: "at most \(most) \(what)", found: "\(count)")
      }
    }
    return (Int(tensors), Int(keys))
  }

  fileprivate mutating func metadata(_ held: HeldBytes, count: Int) throws -> [String: GGUFValue] {
    var metadata: [String: GGUFValue] = [:]
    for _ in 0..<count {
      name = nil
      let key = try text("a key", in: 1...65_535, .keyLength)
      name = key
      guard metadata.updateValue(try value(held), forKey: key) == nil else {
        throw fault(.uniqueKeys, expected: "each key once", found: "\(shown(key)) twice")
      }
    }
    name = nil
    return metadata
  }

  fileprivate mutating func alignment(_ value: GGUFValue?) throws -> Int {
    guard let value else { return 32 }
    guard let alignment = value.whole, alignment >= 8, alignment < 1 << 31, alignment & (alignment - 1) == 0 else {
      name = "general.alignment"
      throw fault(.alignment, expected: "8, 16, 32 or so on", found: value.name)
    }
    return alignment
  }

  fileprivate mutating func places(count: Int) throws -> [Place] {
    var places: [Place] = []
    var names = Set<String>()
    for _ in 0..<count {
      name = nil
      let tensor = try text("a tensor's name", in: 1...64, .tensorName)
      name = tensor
      guard names.insert(tensor).inserted else {
        throw fault(.uniqueKeys, expected: "each tensor once", found: "\(shown(tensor)) twice")
      }
      places.append(try entry(tensor))
    }
    name = nil
    return places
  }

  private mutating func entry(_ name: String) throws -> Place {
    let axes = try number("the number of axes", as: UInt32.self)
    guard (1...4).contains(axes) else { throw fault(.axes, expected: "1 to 4 axes", found: "\(axes)") }
    var sizes: [Int] = []
    for axis in 0..<axes {
      let size = try number("the size of axis \(axis)", as: UInt64.self)
      guard size > 0 else { throw fault(.axes, expected: "a size of 1 or more", found: "0 at axis \(axis)") }
      guard let size = Int(exactly: size) else {
        throw fault(.size, expected: "less than 2^63", found: "\(size) at axis \(axis)")
      }
      sizes.append(size)
    }
    let type = try storedType()
    let offset = try number("the offset", as: UInt64.self)
    guard sizes[0].isMultiple(of: type.blockLength) else {
      throw fault(
        .blocks, expected: "rows of a multiple of \(type.blockLength) weights (\(type.rawValue))", found: "\(sizes[0])")
    }
    var bytes = type.bits / 8
    for size in [sizes[0] / type.blockLength] + sizes.dropFirst() {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw fault(.size, expected: "less than 2^63 bytes", found: "\(sizes) of \(type.rawValue)")
      }
      bytes = product
    }
    return Place(name: name, type: type, shape: sizes.reversed(), offset: offset, bytes: bytes)
  }

  private mutating func storedType() throws -> StoredType {
    let number = try number("the type", as: UInt32.self)
    if let type = StoredType.ofGGUF[number] { return type }
    let known = StoredType.ofGGUF.sorted { $0.key < $1.key }.map(\.value.rawValue).joined(separator: ", ")
    guard let name = StoredType.unreadOfGGUF[number] else {
      throw fault(.knownType, expected: "one of \(known)", found: "type \(number)")
    }
    throw fault(.readableType, expected: "one of \(known)", found: name)
  }

  /// - Precondition: all entries were read, so the data begins at the next multiple of the alignment.
  fileprivate mutating func tensors(
    _ places: [Place], alignment: Int, in held: HeldBytes
  ) throws -> [String: StoredTensor] {
    let start = (place + alignment - 1) / alignment * alignment
    let data = max(held.count - start, 0)
    var tensors: [String: StoredTensor] = [:]
    tensors.reserveCapacity(places.count)
    var end: UInt64 = 0
    for place in places.sorted(by: { ($0.offset, $0.bytes) < ($1.offset, $1.bytes) }) {
      name = place.name
      guard place.offset.isMultiple(of: UInt64(alignment)) else {
        throw fault(.offsetAlignment, expected: "a multiple of \(alignment)", found: "offset \(place.offset)")
      }
      guard place.offset <= UInt64(data), place.bytes <= data - Int(place.offset) else {
        throw fault(
          .bounds, expected: "\(place.bytes) bytes from \(place.offset) on within the \(data) of the data",
          found: "an end behind them")
      }
      guard place.offset >= end else {
        throw fault(.overlap, expected: "a beginning at \(end) or later", found: "\(place.offset)")
      }
      end = place.offset + UInt64(place.bytes)
      let begin = start + Int(place.offset)
      tensors[place.name] = StoredTensor(
        name: place.name, type: place.type, shape: place.shape, file: file, held: held,
        range: begin..<(begin + place.bytes))
    }
    name = nil
    return tensors
  }
}

extension StoredType {
  /// The types that are read, by their numbers in GGUF files.
  static let ofGGUF: [UInt32: StoredType] = [
    0: .float32, 1: .float16, 2: .q40, 3: .q41, 6: .q50, 7: .q51, 8: .q80, 12: .q4k, 13: .q5k, 14: .q6k, 30: .bfloat16,
  ]

  /// The names of the format's other types, for errors.
  static let unreadOfGGUF: [UInt32: String] = [
    9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
    29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
  ]
}
