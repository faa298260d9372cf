import JSON

/// One file of the safetensors format: a header with the place of each tensor, and the tensors' bytes.
///
///     8 bytes      length n of the header, little-endian
///     n bytes      a JSON object: name → dtype, shape, data_offsets; perhaps `__metadata__`
///     the rest     the tensors, one behind the other
///
/// Opening reads the header and no weight. A value of this type has passed every rule of the format, so
/// later reads stay within the file.
///
/// - Throws: `CheckpointError.unreadable`, `.broken`.
public struct Safetensors: Sendable {
  /// Path of the file, for messages.
  public let file: String
  /// All tensors by name.
  public let tensors: [String: StoredTensor]
  /// The metadata that the writer added.
  public let metadata: [String: String]

  /// The longest header the format allows.
  public static let longestHeader = 100_000_000
  /// Tensors of one file. The largest published models have some thousands in one.
  public static let mostTensors = 100_000
  /// Axes of one tensor.
  public static let mostAxes = 16

  /// Maps the file and reads its header.
  public init(_ file: String) throws {
    try self.init(HeldBytes(mapping: file), file: file)
  }

  /// A file that is in memory already.
  ///
  /// - Parameter file: the name in errors.
  public init(_ bytes: HeldBytes, file: String) throws {
    let header = try bytes.withBytes { try Header($0, file: file) }
    self.file = file
    metadata = header.metadata
    var tensors: [String: StoredTensor] = [:]
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let tensor = StoredTensor(
        name: entry.name, type: entry.type, shape: entry.shape, file: file, held: bytes,
        range: (header.end + entry.begin)..<(header.end + entry.end))
      guard tensors.updateValue(tensor, forKey: entry.name) == nil else { throw Site(file: file).twice(entry.name) }
    }
    self.tensors = tensors
  }
}

/// The header of a file, read and checked.
struct Header {
  struct Entry {
    var name: String
    var type: StoredType
    var shape: [Int]
    /// Counted from the end of the header.
    var begin: Int
    var end: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  /// The offset at which the first tensor may begin.
  let end: Int

  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    func fault(_ rule: Rule, expected: String, found: String) -> CheckpointError {
      .broken(rule, file: file, tensor: nil, expected: expected, found: found)
    }
    guard bytes.count >= 8 else {
      throw fault(.lengthField, expected: "at least 8 bytes", found: "\(bytes.count)")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= Safetensors.longestHeader else {
      throw fault(.headerLimit, expected: "at most \(Safetensors.longestHeader) bytes", found: "\(length)")
    }
    end = 8 + Int(length)
    guard end <= bytes.count else {
      throw fault(.headerExtent, expected: "\(end) bytes or more", found: "\(bytes.count)")
    }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else {
      throw fault(.headerStart, expected: "“{”", found: length > 0 ? "byte \(bytes[8])" : "an empty header")
    }
    var reader = JSONReader(UnsafeRawBufferPointer(rebasing: bytes[8..<end]), file: file, origin: 8)
    var site = Site(file: file)
    do {
      try read(&reader, &site)
    } catch let fault as JSONFault {
      throw CheckpointError(fault, tensor: site.tensor)
    }
    try checkOrder(buffer: bytes.count - end, file: file)
  }

  private mutating func read(_ reader: inout JSONReader, _ site: inout Site) throws {
    try reader.members(limit: Safetensors.mostTensors + 1) { reader, key in
      let name = reader.text(key)
      if name == "__metadata__" {
        metadata = try reader.metadata(site)
      } else {
        site.tensor = name
        entries.append(try reader.entry(name, site))
        site.tensor = nil
      }
    }
    try reader.end()
  }

  /// Tensors follow each other and fill the file: no byte is hidden between them, and no byte belongs
  /// to two.
  private func checkOrder(buffer: Int, file: String) throws {
    func fault(_ rule: Rule, _ entry: Entry?, expected: String, found: String) -> CheckpointError {
      .broken(rule, file: file, tensor: entry?.name, expected: expected, found: found)
    }
    var filled = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.end <= buffer else {
        throw fault(.bounds, entry, expected: "an end within \(buffer) bytes", found: "\(entry.end)")
      }
      guard entry.begin >= filled else {
        throw fault(.overlap, entry, expected: "a beginning at \(filled)", found: "\(entry.begin)")
      }
      guard entry.begin == filled else {
        throw fault(.hole, entry, expected: "a beginning at \(filled)", found: "\(entry.begin)")
      }
      filled = entry.end
    }
    guard filled == buffer else {
      throw fault(.bufferEnd, nil, expected: "an end at \(buffer) bytes", found: "\(filled)")
    }
  }
}

extension JSONReader {
  fileprivate mutating func metadata(_ site: Site) throws -> [String: String] {
    var metadata: [String: String] = [:]
    guard kind == .table else { throw site.fault(.metadata, expected: "an object", found: "something else") }
    try members(limit: 10_000) { reader, name in
      let key = reader.text(name)
      guard reader.kind == .string else {
        throw site.fault(.metadata, expected: "a string for \(shown(key))", found: "something else")
      }
      let value = reader.text(try reader.string())
      guard metadata.updateValue(value, forKey: key) == nil else { throw site.twice(key) }
    }
    return metadata
  }

  fileprivate mutating func entry(_ name: String, _ site: Site) throws -> Header.Entry {
    var type: StoredType?
    var shape: [Int]?
    var offsets: [Int]?
    guard kind == .table else { throw site.fault(.entryKeys, expected: "an object", found: "something else") }
    try members(limit: 10_000) { reader, name in
      let key = reader.text(name)
      switch key {
      case "dtype": type = try reader.storedType(site)
      case "shape": shape = try reader.shape(site)
      case "data_offsets": offsets = try reader.offsets(site)
      default: throw site.fault(.entryKeys, expected: "these three keys", found: shown(key))
      }
    }
    guard let type, let shape, let offsets else {
      let missing = type == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw site.fault(.entryKeys, expected: "all three keys", found: "no \(missing)")
    }
    try site.checkExtent(type, shape, offsets)
    return Header.Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }

  private mutating func storedType(_ site: Site) throws -> StoredType {
    guard kind == .string else { throw site.fault(.knownType, expected: "a string", found: "something else") }
    let text = text(try string())
    guard let type = StoredType(rawValue: text), StoredType.ofSafetensors.contains(type) else {
      let known = StoredType.ofSafetensors.map(\.rawValue).joined(separator: ", ")
      throw site.fault(.knownType, expected: "one of \(known)", found: shown(text))
    }
    return type
  }

  private mutating func shape(_ site: Site) throws -> [Int] {
    guard kind == .list else { throw site.fault(.shape, expected: "a list", found: "something else") }
    var shape: [Int] = []
    try elements { reader in
      guard let count = reader.count() else {
        throw site.fault(
          .shape, expected: "a whole number below 2^63", found: "something else at axis \(shape.count)")
      }
      guard shape.count < Safetensors.mostAxes else {
        throw site.fault(.rankLimit, expected: "at most \(Safetensors.mostAxes) axes", found: "more")
      }
      shape.append(count)
    }
    return shape
  }

  private mutating func offsets(_ site: Site) throws -> [Int] {
    guard kind == .list else { throw site.fault(.offsets, expected: "a list", found: "something else") }
    var offsets: [Int] = []
    try elements { reader in
      guard offsets.count < 2, let count = reader.count() else {
        throw site.fault(.offsets, expected: "two whole numbers below 2^63", found: "something else")
      }
      offsets.append(count)
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw site.fault(.offsets, expected: "two numbers in order", found: "\(offsets)")
    }
    return offsets
  }
}

extension Site {
  fileprivate func checkExtent(_ type: StoredType, _ shape: [Int], _ offsets: [Int]) throws {
    var bits = type.bits
    for size in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw fault(.size, expected: "less than 2^63 bits", found: "\(shape) of \(type.rawValue)")
      }
      bits = product
    }
    guard bits % 8 == 0, bits / 8 == offsets[1] - offsets[0] else {
      let size = bits % 8 == 0 ? "\(bits / 8) bytes" : "\(bits) bits, whole bytes,"
      throw fault(
        .extent, expected: "\(size) for \(shape) of \(type.rawValue)", found: "\(offsets[1] - offsets[0])")
    }
  }
}
