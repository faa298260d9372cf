import JSON

/// A value of a GGUF file's metadata.
public enum GGUFValue: Sendable {
  /// An unsigned number of 8 to 64 bits.
  case unsigned(UInt64)
  /// A signed number of 8 to 64 bits.
  case signed(Int64)
  /// A number of 32 or 64 bits.
  case real(Double)
  case bool(Bool)
  case text(String)
  case list(GGUFList)

  /// The number, if it is a whole one that fits.
  public var whole: Int? {
    switch self {
    case .unsigned(let number): Int(exactly: number)
    case .signed(let number): Int(exactly: number)
    default: nil
    }
  }

  /// In errors: the value, or what it is.
  var name: String {
    switch self {
    case .unsigned(let number): "\(number)"
    case .signed(let number): "\(number)"
    case .real(let number): "\(number)"
    case .bool(let bool): "\(bool)"
    case .text(let text): shown(text)
    case .list(let list): "a list of \(list.count) (\(list.type.name))"
    }
  }
}

/// The types of values, by the numbers that files give them.
public enum GGUFType: UInt32, Sendable, CaseIterable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// The name in the format's description, in small letters.
  public var name: String { "\(self)" }

  /// Bytes of a value; nil where that depends on the value.
  var bytes: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// Bytes that any value of the type takes at least.
  var least: Int { bytes ?? (self == .string ? 8 : 12) }
}

/// A list in the metadata. Its elements stay in the file until they are asked for: a vocabulary has some hundred
/// thousand.
///
/// The list was checked when the file was opened, so reading it cannot fail.
public struct GGUFList: Sendable {
  /// The type of every element.
  public let type: GGUFType
  public let count: Int
  let held: HeldBytes
  let range: Range<Int>

  /// The elements; nil where they are no texts.
  public var texts: [String]? {
    guard type == .string else { return nil }
    return elements { $0.checkedText() }
  }

  /// The elements; nil where they are no whole numbers, or one does not fit.
  public var wholes: [Int]? {
    values?.reduce(into: [Int]?([])) { list, value in
      if let whole = value.whole { list?.append(whole) } else { list = nil }
    }
  }

  /// The elements; nil where they are no numbers.
  public var reals: [Double]? {
    values?.reduce(into: [Double]?([])) { list, value in
      switch value {
      case .real(let real): list?.append(real)
      case .unsigned(let number): list?.append(Double(number))
      case .signed(let number): list?.append(Double(number))
      default: list = nil
      }
    }
  }

  /// The elements as values; nil for lists of lists.
  public var values: [GGUFValue]? {
    guard type != .array else { return nil }
    return elements { $0.checkedValue(type) }
  }

  /// The elements of a list of lists; nil for other lists.
  public var lists: [GGUFList]? {
    guard type == .array else { return nil }
    return elements { $0.checkedList(held) }
  }

  private func elements<Element>(_ read: (inout GGUFReader) -> Element) -> [Element] {
    held.withBytes { bytes in
      var reader = GGUFReader(UnsafeRawBufferPointer(rebasing: bytes[..<range.upperBound]), file: "")
      reader.place = range.lowerBound
      return (0..<count).map { _ in read(&reader) }
    }
  }
}
