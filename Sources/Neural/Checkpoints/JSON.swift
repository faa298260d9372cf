import Foundation

/// A small JSON file as a value: configurations, which have some kilobytes.
enum JSON {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSON])
  case table([String: JSON])

  /// No published configuration has a tenth of it.
  static let largest = 1 << 20

  init(file: String) throws {
    let held = try HeldBytes(mapping: file)
    guard held.count <= Self.largest else {
      throw CheckpointError.unreadable(
        file: file, reason: "it has \(held.count) bytes and a configuration at most \(Self.largest)")
    }
    self = try held.withBytes { bytes in
      var reader = JSONReader(bytes, file: file)
      let value = try JSON(from: &reader)
      try reader.end()
      return value
    }
  }

  init(from reader: inout JSONReader) throws {
    switch reader.next {
    case "{":
      var table: [String: JSON] = [:]
      try reader.object { reader, key in table[key] = try JSON(from: &reader) }
      self = .table(table)
    case "[":
      var list: [JSON] = []
      try reader.array { list.append(try JSON(from: &$0)) }
      self = .list(list)
    case "\"": self = .text(try reader.string())
    default: self = try JSON(wordOf: &reader)
    }
  }

  private init(wordOf reader: inout JSONReader) throws {
    reader.blank()
    if reader.word("null") {
      self = .null
    } else if reader.word("true") {
      self = .bool(true)
    } else if reader.word("false") {
      self = .bool(false)
    } else {
      self = .number(try reader.number())
    }
  }

  /// As it stands in an error.
  var shown: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    case .text(let text): Checkpoints.shown(text)
    case .list(let list): "a list of \(list.count)"
    case .table(let table): "a table of \(table.count)"
    }
  }
}

extension JSONReader {
  /// A number as RFC 8259 writes it.
  mutating func number() throws -> Double {
    blank()
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var ahead = offset
    func at(_ letters: String) -> Bool { ahead < bytes.count && letters.utf8.contains(bytes[ahead]) }
    func run() -> Int {
      let begin = ahead
      while ahead < bytes.count, digits.contains(bytes[ahead]) { ahead += 1 }
      return ahead - begin
    }
    let fault = fault(.json, expected: "a value of JSON", found: "something else at byte \(offset)")
    if at("-") { ahead += 1 }
    let first = ahead
    let whole = run()
    guard whole == 1 || whole > 1 && bytes[first] != UInt8(ascii: "0") else { throw fault }
    if at(".") {
      ahead += 1
      guard run() > 0 else { throw fault }
    }
    if at("eE") {
      ahead += 1
      if at("+-") { ahead += 1 }
      guard run() > 0 else { throw fault }
    }
    // A number of thousands of digits says nothing that a double could hold.
    guard ahead - offset <= 64, let value = Double(String(decoding: bytes[offset..<ahead], as: UTF8.self)),
      value.isFinite
    else { throw fault }
    skip(to: ahead)
    return value
  }

  /// Checks one value of any kind and keeps nothing of it.
  mutating func skipValue() throws {
    switch next {
    case "{": try object(limit: 100_000) { reader, _ in try reader.skipValue() }
    case "[": try array(limit: 1_000_000) { try $0.skipValue() }
    case "\"": _ = try string()
    default: _ = try JSON(from: &self)
    }
  }
}
