/// Reads JSON byte by byte. Nothing is allocated from a number that stands in the file, and nesting
/// is bounded, so that hostile files are refused and cost no more than their own length.
struct JSONScanner {
  let bytes: [UInt8]
  let file: String
  private var place = 0

  private static let deepest = 64

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  mutating func document() throws -> JSONText.Value {
    let value = try value(depth: 0)
    skipBlanks()
    guard place == bytes.count else { throw malformed("something stands behind the document") }
    return value
  }

  private func malformed(_ reason: String) -> TokenizerError { .malformed(file: file, byte: place, reason: reason) }

  private mutating func skipBlanks() {
    while place < bytes.count, bytes[place] == 0x20 || 0x09...0x0A ~= bytes[place] || bytes[place] == 0x0D {
      place += 1
    }
  }

  private mutating func next() throws -> UInt8 {
    skipBlanks()
    guard place < bytes.count else { throw malformed("it ends in the middle of a value") }
    return bytes[place]
  }

  private mutating func value(depth: Int) throws -> JSONText.Value {
    guard depth < Self.deepest else { throw malformed("values are nested more than \(Self.deepest) deep") }
    switch try next() {
    case UInt8(ascii: "{"): return try table(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .string(try quoted())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw malformed("a value cannot begin here")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONText.Value) throws -> JSONText.Value {
    let end = place + word.utf8CodeUnitCount
    let matches = word.withUTF8Buffer { end <= bytes.count && bytes[place..<end].elementsEqual($0) }
    guard matches else { throw malformed("\(word) was expected") }
    place = end
    return value
  }

  private mutating func list(depth: Int) throws -> JSONText.Value {
    var values: [JSONText.Value] = []
    place += 1
    if try next() == UInt8(ascii: "]") {
      place += 1
      return .list([])
    }
    while true {
      values.append(try value(depth: depth + 1))
      if try closes(with: UInt8(ascii: "]")) { return .list(values) }
    }
  }

  private mutating func table(depth: Int) throws -> JSONText.Value {
    var members: [JSONText.Member] = []
    var keys: Set<[UInt8]> = []
    place += 1
    if try next() == UInt8(ascii: "}") {
      place += 1
      return .table([])
    }
    while true {
      guard try next() == UInt8(ascii: "\"") else { throw malformed("a key was expected") }
      let key = try quoted()
      let text = key.isEscaped ? Self.unescaped(bytes[key.range]) : Array(bytes[key.range])
      guard keys.insert(text).inserted else {
        throw malformed("the key \"\(shortened(String(decoding: text, as: UTF8.self)))\" stands twice in a table")
      }
      guard try next() == UInt8(ascii: ":") else { throw malformed("':' was expected") }
      place += 1
      members.append(.init(key: key, value: try value(depth: depth + 1)))
      if try closes(with: UInt8(ascii: "}")) { return .table(members) }
    }
  }

  private mutating func closes(with bracket: UInt8) throws -> Bool {
    let byte = try next()
    guard byte == bracket || byte == UInt8(ascii: ",") else {
      throw malformed("',' or the closing bracket was expected")
    }
    place += 1
    return byte == bracket
  }

  private mutating func quoted() throws -> JSONText.Quoted {
    place += 1
    let start = place
    var isEscaped = false
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        return .init(range: start..<(place - 1), isEscaped: isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        try escape()
      case 0..<0x20: throw malformed("a control character stands in a string")
      default: place += 1
      }
    }
    throw malformed("a string is not closed")
  }

  private mutating func escape() throws {
    guard place + 1 < bytes.count else { throw malformed("a string is not closed") }
    switch bytes[place + 1] {
    case UInt8(ascii: "u"):
      guard let unit = Self.unit(bytes[...], at: place) else { throw malformed("\\u needs four hexadecimal digits") }
      place += 6
      if unit & 0xFC00 == 0xDC00 { throw malformed("half of a surrogate pair stands alone") }
      guard unit & 0xFC00 == 0xD800 else { return }
      guard let low = Self.unit(bytes[...], at: place), low & 0xFC00 == 0xDC00 else {
        throw malformed("half of a surrogate pair stands alone")
      }
      place += 6
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      place += 2
    default: throw malformed("no such escape")
    }
  }

  private mutating func number() throws -> JSONText.Value {
    let start = place
    func digits(_ place: inout Int) -> Int {
      let begin = place
      while place < bytes.count, 0x30...0x39 ~= bytes[place] { place += 1 }
      return place - begin
    }
    if bytes[place] == UInt8(ascii: "-") { place += 1 }
    let leads = place < bytes.count && bytes[place] == UInt8(ascii: "0")
    let whole = digits(&place)
    guard whole > 0, !leads || whole == 1 else { throw malformed("a number was expected") }
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      place += 1
      guard digits(&place) > 0 else { throw malformed("digits were expected") }
    }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
      place += 1
      if place < bytes.count, bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-") { place += 1 }
      guard digits(&place) > 0 else { throw malformed("digits were expected") }
    }
    return .number(start..<place)
  }

  /// The UTF-16 code unit of the escape `\uXXXX` at a place; nil when there is none.
  private static func unit(_ bytes: ArraySlice<UInt8>, at place: Int) -> UInt32? {
    guard place + 6 <= bytes.endIndex, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u")
    else { return nil }
    var unit: UInt32 = 0
    for byte in bytes[(place + 2)..<(place + 6)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  /// What the inside of a string that was read stands for.
  static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      guard bytes[place] == UInt8(ascii: "\\") else {
        text.append(bytes[place])
        place += 1
        continue
      }
      switch bytes[place + 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        var value = unit(bytes, at: place) ?? 0xFFFD
        if value & 0xFC00 == 0xD800, let low = unit(bytes, at: place + 6) {
          value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
          place += 6
        }
        text += Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
        place += 4
      default: text.append(bytes[place + 1])
      }
      place += 2
    }
    return text
  }
}
