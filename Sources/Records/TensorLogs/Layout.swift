import Basics
import CHDF5
import Foundation

/// The six tables of a tensor log: all there from the beginning, each with one axis that grows.
enum Layout {
  /// 2 since tensors can be found by their content; a file of version 1 has no table for that and is read too.
  static let version = 2
  static let format = "palimpsest-tensors"
  /// The most axes of a tensor.
  static let axes = 8

  /// The id of each question, at its index. A question that is read again gets a new row.
  static let questions = Table("questions", .column(.text(256)), chunk: 64)
  /// The names of tensors, at the index that `tensors` uses.
  static let names = Table("names", .column(.text(128)), chunk: 64)
  /// All scalars, one tensor after the other.
  static let values = Table("values", .column(.float), chunk: 16_384)
  /// The place of each tensor in `values`, and its shape.
  static let tensors = Table(
    "tensors",
    .row([
      ("question", .int), ("step", .int), ("name", .int), ("start", .int), ("count", .int), ("rank", .int),
      ("shape", .ints(axes)),
    ]), chunk: 256)
  /// The place of each content in `values`, by its digest (`TensorDigest`): what a trace log refers to.
  static let contents = Table(
    "contents",
    .row([("sha256", .text(64)), ("start", .int), ("count", .int), ("rank", .int), ("shape", .ints(axes))]),
    chunk: 256)
  /// The readings of each step.
  static let steps = Table(
    "steps",
    .row([
      ("question", .int), ("step", .int), ("begin", .int), ("end", .int), ("write", .float), ("exit", .byte),
      ("evidence", .byte), ("malformed", .byte), ("tokens", .int), ("bytes", .int), ("slots", .int),
      ("changes", .int), ("seconds", .double),
    ]), chunk: 256)

  /// In the order in which they are written to disk: a row never refers to a row that is not there
  /// yet.
  static let tables = [values, names, questions, contents, tensors, steps]

  struct Table {
    enum Cell {
      case int, float, double, byte
      case ints(Int)
      /// UTF-8 of at most so many bytes, filled up with zeros.
      case text(Int)
    }
    enum Kind {
      case column(Cell)
      case row([(name: String, cell: Cell)])
    }

    let name: String
    let kind: Kind
    /// Rows that are stored together.
    let chunk: Int

    init(_ name: String, _ kind: Kind, chunk: Int) {
      self.name = name
      self.kind = kind
      self.chunk = chunk
    }

    /// Bytes of a row.
    var width: Int {
      switch kind {
      case .column(let cell): cell.width
      case .row(let cells): cells.reduce(0) { $0 + $1.cell.width }
      }
    }

    /// The type of a row: the same in the file and in memory, little-endian, without gaps.
    func type() throws(HDF5Fault) -> Handle {
      let what = "describing \(name)"
      switch kind {
      case .column(let cell): return try cell.type()
      case .row(let cells):
        let type = try Handle(H5Tcreate(H5T_COMPOUND, width), what, release: H5Tclose)
        var offset = 0
        for (name, cell) in cells {
          let member = try cell.type()
          _ = try HDF5.checked(H5Tinsert(type.id, name, offset, member.id), what)
          offset += cell.width
        }
        return type
      }
    }
  }
}

extension Layout.Table.Cell {
  var width: Int {
    switch self {
    case .int, .double: 8
    case .float: 4
    case .byte: 1
    case .ints(let count): 8 * count
    case .text(let bytes): bytes
    }
  }

  func type() throws(HDF5Fault) -> Handle {
    switch self {
    case .int: return try Handle(H5Tcopy(palimpsest_h5t_int64()), "a type", release: H5Tclose)
    case .float: return try Handle(H5Tcopy(palimpsest_h5t_float()), "a type", release: H5Tclose)
    case .double: return try Handle(H5Tcopy(palimpsest_h5t_double()), "a type", release: H5Tclose)
    case .byte: return try Handle(H5Tcopy(palimpsest_h5t_int8()), "a type", release: H5Tclose)
    case .ints(let count):
      var size = hsize_t(count)
      return try Handle(H5Tarray_create2(palimpsest_h5t_int64(), 1, &size), "a type", release: H5Tclose)
    case .text(let bytes):
      let type = try Handle(H5Tcopy(palimpsest_h5t_c_s1()), "a type", release: H5Tclose)
      _ = try HDF5.checked(H5Tset_size(type.id, bytes), "a type")
      _ = try HDF5.checked(H5Tset_cset(type.id, H5T_CSET_UTF8), "a type")
      _ = try HDF5.checked(H5Tset_strpad(type.id, H5T_STR_NULLPAD), "a type")
      return type
    }
  }
}

/// The bytes of rows, packed and unpacked field by field.
struct Packing {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ number: Int) { withUnsafeBytes(of: Int64(number).littleEndian) { bytes += $0 } }
  mutating func add(_ number: Float) { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 } }
  mutating func add(_ number: Double) { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 } }
  mutating func add(_ numbers: [Float]) {
    #if _endian(little)
      numbers.withUnsafeBytes { bytes += $0 }
    #else
      for number in numbers { add(number) }
    #endif
  }
  mutating func add(byte: Int8) { bytes.append(UInt8(bitPattern: byte)) }
  mutating func add(_ text: String, width: Int) {
    let text = abbreviated(text, width: width)
    bytes += text.utf8
    bytes += repeatElement(0, count: width - text.utf8.count)
  }
  mutating func add(place start: Int, count: Int, _ shape: [Int]) {
    add(start)
    add(count)
    add(shape.count)
    for axis in 0..<Layout.axes { add(axis < shape.count ? shape[axis] : 0) }
  }
  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

struct Unpacking {
  let bytes: [UInt8]
  var offset = 0

  mutating func int() -> Int { Int(Int64(littleEndian: load())) }
  mutating func float() -> Float { Float(bitPattern: UInt32(littleEndian: load())) }
  mutating func double() -> Double { Double(bitPattern: UInt64(littleEndian: load())) }
  mutating func byte() -> Int8 { load() }
  mutating func text(width: Int) -> String {
    defer { offset += width }
    return String(decoding: bytes[offset..<offset + width].prefix { $0 != 0 }, as: UTF8.self)
  }

  private mutating func load<Value: FixedWidthInteger>() -> Value {
    defer { offset += MemoryLayout<Value>.size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
  }
}

/// A text in the form of a field: itself, or its beginning and the fingerprint of the whole.
func abbreviated(_ text: String, width: Int) -> String {
  guard text.utf8.count > width || text.utf8.contains(0) else { return text }
  var start = ""
  for scalar in text.unicodeScalars where scalar != "\0" {
    guard start.utf8.count + UTF8.width(scalar) <= width - 17 else { break }
    start.unicodeScalars.append(scalar)
  }
  return start + "~" + String(FNV1a.hash(of: text), radix: 16)
}
