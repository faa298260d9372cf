/// The content of a string: a range of the document, checked to be valid text.
public struct JSONString: Sendable, Hashable {
  /// Bytes of the document, without the marks.
  public var range: Range<Int>
  /// Whether it holds a backslash, so that its text differs from its bytes.
  public var isEscaped: Bool

  /// The unescaped UTF-8 bytes of a string.
  ///
  /// The input must be a string that a reader has accepted; other bytes are kept unchanged.
  static func unescaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      guard bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count else {
        text.append(bytes[place])
        place += 1
        continue
      }
      switch bytes[place + 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0c)
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        var value = unit(bytes, at: place) ?? 0xfffd
        if value & 0xfc00 == 0xd800, let low = unit(bytes, at: place + 6) {
          value = 0x10000 + (value & 0x3ff) << 10 + low & 0x3ff
          place += 6
        }
        text += Array(String(Character(Unicode.Scalar(value) ?? "\u{fffd}")).utf8)
        place += 4
      default: text.append(bytes[place + 1])
      }
      place += 2
    }
    return text
  }

  /// The UTF-16 code unit of the escape `\uXXXX` at a place; nil when there is none.
  static func unit(_ bytes: UnsafeRawBufferPointer, at place: Int) -> UInt32? {
    guard place + 6 <= bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u")
    else { return nil }
    var unit: UInt32 = 0
    for index in (place + 2)..<(place + 6) {
      guard bytes[index] < 0x80, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }
}

extension JSONReader {
  /// Reads a string and returns its range.
  public mutating func string() throws -> JSONString {
    try expect("\"")
    let begin = offset
    var isEscaped = false
    var high: UInt8 = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        try skipEscape()
        continue
      }
      guard byte >= 0x20 else { throw misspelt("no control character in a string") }
      high |= byte
      offset += 1
    }
    let range = begin..<offset
    if high >= 0x80, let fault = Self.firstFault(in: range, of: bytes) {
      throw broken(.text, at: fault, expected: "UTF-8", found: "the byte \(bytes[fault])")
    }
    try expect("\"")
    return JSONString(range: range, isEscaped: isEscaped)
  }

  /// The unescaped text of a string.
  public func text(_ string: JSONString) -> String {
    let inside = UnsafeRawBufferPointer(rebasing: bytes[string.range])
    return string.isEscaped
      ? String(decoding: JSONString.unescaped(inside), as: UTF8.self) : String(decoding: inside, as: UTF8.self)
  }

  private mutating func skipEscape() throws {
    guard offset + 1 < bytes.count else {
      offset = bytes.count
      throw misspelt("an escape")
    }
    switch bytes[offset + 1] {
    case UInt8(ascii: "u"):
      guard let unit = JSONString.unit(bytes, at: offset) else { throw misspelt("\\u and four hexadecimal digits") }
      if unit & 0xf800 == 0xd800 {
        guard unit < 0xdc00, let low = JSONString.unit(bytes, at: offset + 6), low & 0xfc00 == 0xdc00 else {
          throw broken(.text, expected: "whole surrogate pairs", found: "half of one")
        }
        offset += 6
      }
      offset += 6
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      offset += 2
    default:
      offset += 1
      throw misspelt("an escape of JSON")
    }
  }

  /// The first byte that is not part of well-formed UTF-8 (Unicode, table 3-7); nil where there is
  /// none.
  static func firstFault(in range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Int? {
    var place = range.lowerBound
    while place < range.upperBound {
      let (length, second): (Int, ClosedRange<UInt8>)
      switch bytes[place] {
      case 0x00...0x7f:
        place += 1
        continue
      case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
      case 0xe0: (length, second) = (3, 0xa0...0xbf)
      case 0xed: (length, second) = (3, 0x80...0x9f)
      case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
      case 0xf0: (length, second) = (4, 0x90...0xbf)
      case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
      case 0xf4: (length, second) = (4, 0x80...0x8f)
      default: return place
      }
      guard place + length <= range.upperBound, second.contains(bytes[place + 1]),
        (2..<length).allSatisfy({ 0x80...0xbf ~= bytes[place + $0] })
      else { return place }
      place += length
    }
    return nil
  }
}
