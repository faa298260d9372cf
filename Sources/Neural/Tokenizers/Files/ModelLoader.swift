import JSON

/// Reads `model`: the tokens, their ids and the merges.
struct ModelLoader {
  private(set) var table = TokenTable()
  private(set) var merges: [MergeTable.Merge] = []
  /// `Symbols.none` for a byte without a token.
  private(set) var byteIDs: [UInt32] = Array(repeating: Symbols.none, count: 256)
  private(set) var ignoresMerges = false
  private(set) var unknown: UInt32?
  private(set) var fusesUnknown = false
  /// Whether scalars are merged, not bytes.
  private let mergesScalars: Bool

  init(_ model: JSONNode, mergesScalars: Bool) throws {
    self.mergesScalars = mergesScalars
    try model.allows(only: [
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
      "ignore_merges", "vocab", "merges",
    ])
    let type = try model.at("type")
    if !type.isAbsent, try type.string() != "BPE" { throw type.fails("\"BPE\": other models are not known here") }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      let node = try model.at(key)
      if !node.isAbsent, try !node.string().isEmpty {
        throw node.fails("null or empty, as in every vocabulary of bytes")
      }
    }
    let dropout = try model.at("dropout")
    if !dropout.isAbsent, !["0", "0.0"].contains(dropout.text.words(dropout.value)) {
      throw dropout.fails("null: encoding is the same every time")
    }
    let fallsBack = try model.at("byte_fallback").bool(or: false)
    if fallsBack, !mergesScalars {
      throw try model.at("byte_fallback").fails("false: this vocabulary is one of bytes")
    }
    ignoresMerges = try model.at("ignore_merges").bool(or: false)
    fusesUnknown = try model.at("fuse_unk").bool(or: false)
    try readTokens(try model.at("vocab"))
    try readBytes(try model.at("vocab"), fallsBack: fallsBack)
    try readUnknown(try model.at("unk_token"))
    try readMerges(try model.at("merges"))
  }

  /// The bytes that a token's written form stands for.
  func bytes(of written: [UInt8]) -> [UInt8] {
    // Special tokens that are listed too are written as they are.
    letters(of: written) ?? written
  }

  /// The same; nil where the text is no written form of bytes.
  func letters(of written: [UInt8]) -> [UInt8]? {
    mergesScalars ? Blank.bytes(of: written) : ByteAlphabet.bytes(of: written)
  }

  private mutating func readTokens(_ node: JSONNode) throws {
    for member in try node.rawMembers() {
      let written = node.text.utf8(member.key)
      func fails(_ expected: String) -> TokenizerError {
        .unexpected(
          file: node.text.file, key: "\(node.key).\(shortened(String(decoding: written, as: UTF8.self)))",
          expected: expected, found: node.text.words(member.value))
      }
      guard let id = node.text.id(member.value) else { throw fails("an id from 0 to \(Limits.ids - 1)") }
      guard !written.isEmpty, written.count <= Limits.tokenBytes else {
        throw fails("the id of a token of 1 to \(Limits.tokenBytes) bytes, not of one of \(written.count)")
      }
      guard table.insert(bytes(of: written), at: id) else {
        throw fails("an id that no other token has")
      }
    }
  }

  private mutating func readBytes(_ node: JSONNode, fallsBack: Bool) throws {
    var missing: [UInt8] = []
    for byte in UInt8.min...UInt8.max where fallsBack || !mergesScalars {
      let written = mergesScalars ? Self.written(byte) : [byte]
      if let id = table.id(of: written) { byteIDs[Int(byte)] = UInt32(id) } else { missing.append(byte) }
    }
    // Published ones lack the bytes that no text has, and some that theirs had not.
    guard missing.count <= Limits.missingBytes else {
      throw TokenizerError.unexpected(
        file: node.text.file, key: node.key, expected: "a vocabulary with tokens for most of the 256 bytes",
        found: "one without \(missing.count), such as \"\(ByteAlphabet.written(missing.prefix(1)))\"")
    }
  }

  /// The token that stands for a byte in a vocabulary of scalars: `<0x0A>`.
  private static func written(_ byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array("<0x\(digits.count == 1 ? "0" : "")\(digits)>".utf8)
  }

  private mutating func readUnknown(_ node: JSONNode) throws {
    guard !node.isAbsent else { return }
    let name = try node.string()
    guard let id = table.id(of: bytes(of: Array(name.utf8))) else { throw node.fails("a token of model.vocab") }
    unknown = UInt32(id)
  }

  private mutating func readMerges(_ node: JSONNode) throws {
    guard !node.isAbsent else {
      throw TokenizerError.unexpected(
        file: node.text.file, key: node.key, expected: "the list of merges, without which no text can be encoded",
        found: node.text.words(node.value))
    }
    let list = try node.rawList()
    guard !list.isEmpty || table.count <= 256 else {
      throw node.fails("the merges that make the \(table.count) tokens of model.vocab")
    }
    var pairs: Set<UInt64> = []
    pairs.reserveCapacity(list.count)
    merges.reserveCapacity(list.count)
    for (rank, value) in list.enumerated() {
      func fails(_ expected: String, _ found: String) -> TokenizerError {
        .unexpected(file: node.text.file, key: "\(node.key).\(rank)", expected: expected, found: shortened(found))
      }
      guard let (left, right) = Self.pair(value, in: node.text) else {
        throw fails("two tokens: \"a b\" or [\"a\", \"b\"]", node.text.words(value))
      }
      let parts = try [left, right].map { part in
        let bytes = bytes(of: part)
        guard !bytes.isEmpty, let id = table.id(of: bytes) else {
          throw fails("a merge of tokens of model.vocab", "a merge of \"\(String(decoding: part, as: UTF8.self))\"")
        }
        return (id, bytes)
      }
      guard let merged = table.id(of: parts[0].1 + parts[1].1) else {
        throw fails(
          "a merge into a token of model.vocab", "a merge into \"\(String(decoding: left + right, as: UTF8.self))\"")
      }
      guard pairs.insert(UInt64(parts[0].0) << 32 | UInt64(parts[1].0)).inserted else {
        throw fails("a pair that is merged once", node.text.words(value) + " again")
      }
      merges.append(.init(left: UInt32(parts[0].0), right: UInt32(parts[1].0), merged: UInt32(merged)))
    }
  }

  private static func pair(_ value: JSONText.Value, in text: JSONText) -> ([UInt8], [UInt8])? {
    switch value {
    case .string(let quoted):
      let parts = text.utf8(quoted).split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
      return parts.count == 2 ? (Array(parts[0]), Array(parts[1])) : nil
    case .list(let list):
      guard list.count == 2, case .string(let left) = list[0], case .string(let right) = list[1] else { return nil }
      return (text.utf8(left), text.utf8(right))
    default: return nil
    }
  }
}
