/// A JSON document (RFC 8259) read strictly, as the bytes it is made of.
///
/// A vocabulary is a table with 150,000 keys in which a key that stands twice must be found and in
/// which no key may be changed: what a dictionary of strings hides, because it keeps the last of two
/// equal keys and takes texts for equal that differ in bytes. Strings stay ranges of the document until
/// they are asked for.
struct JSONText {
  indirect enum Value {
    case null
    case bool(Bool)
    case number(Range<Int>)
    case string(Quoted)
    case list([Value])
    case table([Member])
  }

  /// What stands between two quotation marks.
  struct Quoted {
    var range: Range<Int>
    var isEscaped: Bool
  }

  struct Member {
    var key: Quoted
    var value: Value
  }

  let bytes: [UInt8]
  let file: String
  private(set) var root: Value = .null

  /// - Throws: `TokenizerError.malformed` with the byte at which the document stops being JSON.
  init(_ bytes: [UInt8], file: String) throws {
    self.bytes = bytes
    self.file = file
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw TokenizerError.malformed(file: file, byte: 0, reason: "it is not UTF-8")
    }
    var scanner = JSONScanner(bytes: bytes, file: file)
    root = try scanner.document()
  }

  /// The UTF-8 bytes that a string stands for.
  func text(_ quoted: Quoted) -> [UInt8] {
    quoted.isEscaped ? JSONScanner.unescaped(bytes[quoted.range]) : Array(bytes[quoted.range])
  }

  func string(_ quoted: Quoted) -> String { String(decoding: text(quoted), as: UTF8.self) }

  /// A value in words, for messages.
  func words(_ value: Value?) -> String {
    switch value {
    case nil: "missing"
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let range): String(decoding: bytes[range], as: UTF8.self)
    case .string(let quoted): "\"\(string(quoted))\""
    case .list(let list): "a list of \(list.count)"
    case .table(let members): "a table of \(members.count)"
    }
  }
}
