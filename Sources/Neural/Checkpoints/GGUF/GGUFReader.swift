/// Reads the header of a GGUF file value by value. Every length is checked against the rest of the file before
/// anything is made of it.
struct GGUFReader {
  private let bytes: UnsafeRawBufferPointer
  let file: String
  /// The next byte.
  var place = 0
  /// The key or tensor that is being read, for errors.
  var name: String?

  /// Lists within lists; published files have none at all.
  static let deepest = 8

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  var rest: Int { bytes.count - place }

  func fault(_ rule: Rule, expected: String, found: String) -> CheckpointError {
    .broken(rule, file: file, tensor: name, expected: expected, found: found)
  }

  /// The next bytes; they exist.
  mutating func take(_ count: UInt64, _ what: String) throws -> Range<Int> {
    guard count <= UInt64(rest) else {
      throw fault(.headerCut, expected: "\(count) bytes of \(what)", found: "\(rest) at byte \(place)")
    }
    defer { place += Int(count) }
    return place..<(place + Int(count))
  }

  mutating func number<Number: FixedWidthInteger>(_ what: String, as: Number.Type = Number.self) throws -> Number {
    let range = try take(UInt64(MemoryLayout<Number>.size), what)
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Number.self))
  }

  /// A text; its length is bounded by `lengths` where that is given.
  mutating func text(_ what: String, in lengths: ClosedRange<UInt64>? = nil, _ rule: Rule = .headerCut) throws -> String
  {
    let range = try textRange(what, in: lengths, rule)
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// The place of a text whose bytes are UTF-8.
  private mutating func textRange(
    _ what: String, in lengths: ClosedRange<UInt64>? = nil, _ rule: Rule = .headerCut
  ) throws -> Range<Int> {
    let length = try number("the length of \(what)", as: UInt64.self)
    if let lengths, !lengths.contains(length) {
      throw fault(rule, expected: "\(lengths.lowerBound) to \(lengths.upperBound) bytes", found: "\(length)")
    }
    let range = try take(length, what)
    let text = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else {
      throw fault(.utf8, expected: "UTF-8 in \(what)", found: "other bytes from byte \(range.lowerBound) on")
    }
    return range
  }

  mutating func type(_ what: String) throws -> GGUFType {
    let number = try number("the type of \(what)", as: UInt32.self)
    guard let type = GGUFType(rawValue: number) else {
      throw fault(.valueType, expected: "a type from 0 to \(GGUFType.allCases.count - 1)", found: "\(number)")
    }
    return type
  }

  /// A value of the metadata. Lists are walked through and stay where they are.
  mutating func value(_ held: HeldBytes) throws -> GGUFValue {
    let type = try type("its value")
    switch type {
    case .string: return .text(try text("its text"))
    case .array: return .list(try list(held, depth: 1))
    default:
      let start = place
      _ = try take(UInt64(type.least), "its value")
      if type == .bool { try checkBooleans(start..<place) }
      place = start
      return checkedValue(type)
    }
  }

  private mutating func list(_ held: HeldBytes, depth: Int) throws -> GGUFList {
    guard depth <= Self.deepest else {
      throw fault(.depth, expected: "at most \(Self.deepest) lists within each other", found: "more")
    }
    let type = try type("its elements")
    let count = try number("the number of its elements", as: UInt64.self)
    guard count <= UInt64(rest / type.least) else {
      throw fault(
        .countExtent, expected: "at most \(rest / type.least) elements (\(type.name)) in the rest of the file",
        found: "\(count)")
    }
    let start = place
    switch type {
    case .string: for _ in 0..<count { _ = try textRange("an element") }
    case .array: for _ in 0..<count { _ = try list(held, depth: depth + 1) }
    default:
      let range = try take(count * UInt64(type.least), "its elements")
      if type == .bool { try checkBooleans(range) }
    }
    return GGUFList(type: type, count: Int(count), held: held, range: start..<place)
  }

  private func checkBooleans(_ range: Range<Int>) throws {
    if let other = bytes[range].first(where: { $0 > 1 }) {
      throw fault(.boolean, expected: "0 or 1", found: "\(other)")
    }
  }
}

/// What was checked when the file was opened is read without a check.
extension GGUFReader {
  private mutating func next<Value>(_ type: Value.Type) -> Value {
    defer { place += MemoryLayout<Value>.size }
    return bytes.loadUnaligned(fromByteOffset: place, as: type)
  }

  mutating func checkedText() -> String {
    let length = Int(UInt64(littleEndian: next(UInt64.self)))
    defer { place += length }
    return String(decoding: bytes[place..<(place + length)], as: UTF8.self)
  }

  /// A value of any type but a list.
  mutating func checkedValue(_ type: GGUFType) -> GGUFValue {
    switch type {
    case .uint8: .unsigned(UInt64(next(UInt8.self)))
    case .int8: .signed(Int64(next(Int8.self)))
    case .uint16: .unsigned(UInt64(UInt16(littleEndian: next(UInt16.self))))
    case .int16: .signed(Int64(Int16(littleEndian: next(Int16.self))))
    case .uint32: .unsigned(UInt64(UInt32(littleEndian: next(UInt32.self))))
    case .int32: .signed(Int64(Int32(littleEndian: next(Int32.self))))
    case .uint64: .unsigned(UInt64(littleEndian: next(UInt64.self)))
    case .int64: .signed(Int64(littleEndian: next(Int64.self)))
    case .float32: .real(Double(Float(bitPattern: UInt32(littleEndian: next(UInt32.self)))))
    case .float64: .real(Double(bitPattern: UInt64(littleEndian: next(UInt64.self))))
    case .bool: .bool(next(UInt8.self) == 1)
    case .string: .text(checkedText())
    case .array: preconditionFailure("lists are read by checkedList")
    }
  }

  mutating func checkedList(_ held: HeldBytes) -> GGUFList {
    guard let type = GGUFType(rawValue: UInt32(littleEndian: next(UInt32.self))) else {
      preconditionFailure("the type was checked when the file was opened")
    }
    let count = Int(UInt64(littleEndian: next(UInt64.self)))
    let start = place
    for _ in 0..<(type.bytes == nil ? count : 0) {
      if type == .string { _ = checkedText() } else { _ = checkedList(held) }
    }
    if let bytes = type.bytes { place += count * bytes }
    return GGUFList(type: type, count: count, held: held, range: start..<place)
  }
}
