import JSON

/// Makes a vocabulary of a `tokenizer.json`. The file is foreign: whatever in it does not fit
/// together, or is not known here, ends in an error; nothing is skipped that could change an id.
///
/// `truncation` and `padding` are about batches and are not looked at; a text is never cut silently.
/// Nor is the `decoder` of a vocabulary of bytes, which are put back together as they were taken apart.
struct TokenizerLoader {
  let root: JSONNode

  init(_ text: JSONText) throws {
    root = JSONNode(text)
    try root.allows(only: [
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
      "model",
    ])
  }

  func vocabulary() throws -> Vocabulary {
    let blanks = try BlanksLoader(root)
    let model = try ModelLoader(root.at("model"), mergesScalars: blanks.areSigns)
    let added = try addedTokens(model)
    let special = Set(added.filter(\.isSpecial).map { UInt32($0.id) })
    let frame = try FrameLoader(root.at("post_processor"), added: added, table: model.table).frame()
    guard !blanks.areSigns else {
      return scalars(model, blanks, added: added, special: special, opening: frame.opening, closing: frame.closing)
    }
    if let merge = model.merges.first(where: { special.contains($0.merged) }) {
      throw try root.at("model").at("merges").fails(
        "a list in which nothing makes the special token \(merge.merged), which no text may become")
    }
    let splitting = try SplittingLoader(root.at("pre_tokenizer")).splitting()
    let symbols = Symbols(byteIDs: model.byteIDs, unknown: model.unknown, fusesUnknown: model.fusesUnknown)
    return Vocabulary(
      table: model.table, merges: model.merges, symbols: symbols, ignoresMerges: model.ignoresMerges,
      splitting: splitting, form: try form(root.at("normalizer")), added: added, opening: frame.opening,
      closing: frame.closing)
  }

  /// A vocabulary whose symbols are scalars.
  ///
  /// Published lists of merges make every token that two others can make, the special ones and those of bytes too.
  /// Text may not become those here, so such merges are left out.
  private func scalars(
    _ model: ModelLoader, _ blanks: BlanksLoader, added: [AddedToken], special: Set<UInt32>, opening: [Int],
    closing: [Int]
  ) -> Vocabulary {
    let reserved = special.union(model.byteIDs.filter { $0 != Symbols.none })
    let merges = model.merges.filter { merge in
      !reserved.contains(merge.merged) && !reserved.contains(merge.left) && !reserved.contains(merge.right)
    }
    var scalarIDs: [UInt32: UInt32] = [:]
    for id in 0..<model.table.end where !reserved.contains(UInt32(id)) {
      let scalars = String(decoding: model.table[id], as: UTF8.self).unicodeScalars
      if let scalar = scalars.first, scalars.count == 1 { scalarIDs[scalar.value] = UInt32(id) }
    }
    var splitting = blanks.splitting
    // Where no token goes on behind a blank, merging each word apart gives the same as merging the whole.
    let isWhole = model.ignoresMerges || merges.contains { Self.hasBlankInside(model.table[Int($0.merged)]) }
    if splitting.blanks == nil, !isWhole { splitting.blanks = .runs }
    let symbols = Symbols(
      byteIDs: model.byteIDs, scalarIDs: scalarIDs, unknown: model.unknown, fusesUnknown: model.fusesUnknown)
    return Vocabulary(
      table: model.table, merges: merges, symbols: symbols, ignoresMerges: model.ignoresMerges, splitting: splitting,
      form: nil, added: added, opening: opening, closing: closing, strip: blanks.strip)
  }

  private static func hasBlankInside(_ token: ArraySlice<UInt8>) -> Bool {
    zip(token, token.dropFirst()).contains { $0 != 0x20 && $1 == 0x20 }
  }

  private func form(_ node: JSONNode) throws -> Normalization? {
    guard !node.isAbsent else { return nil }
    let type = try node.at("type")
    let name = try type.string()
    if name == "Sequence" {
      try node.allows(only: ["type", "normalizers"])
      let steps = try node.at("normalizers").list()
      guard steps.count <= 1 else { throw try node.at("normalizers").fails("a list of at most one form") }
      return try steps.first.flatMap { try form($0) }
    }
    try node.allows(only: ["type"])
    guard let form = Normalization(rawValue: name) else { throw type.fails("NFC, NFKC or a Sequence of one of them") }
    return form
  }

  private func addedTokens(_ model: ModelLoader) throws -> [AddedToken] {
    let table = model.table
    let node = try root.at("added_tokens")
    guard !node.isAbsent else { return [] }
    let list = try node.list()
    guard list.count <= Limits.addedTokens else { throw node.fails("a list of at most \(Limits.addedTokens)") }
    var contents: Set<String> = []
    var ids: Set<Int> = []
    return try list.map { node in
      try node.allows(only: ["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"])
      let token = AddedToken(
        id: try node.at("id").id(), content: try node.at("content").string(),
        isSpecial: try node.at("special").bool(or: false), isSingleWord: try node.at("single_word").bool(or: false),
        takesBlanksBefore: try node.at("lstrip").bool(or: false),
        takesBlanksBehind: try node.at("rstrip").bool(or: false),
        isNormalized: try node.at("normalized").bool(or: false))
      let content = Array(token.content.utf8)
      guard !content.isEmpty, content.count <= Limits.tokenBytes else {
        throw try node.at("content").fails("a text of 1 to \(Limits.tokenBytes) bytes")
      }
      guard contents.insert(token.content).inserted else {
        throw try node.at("content").fails("a text that no other added token has")
      }
      guard ids.insert(token.id).inserted else { throw try node.at("id").fails("an id that no other added token has") }
      // The vocabulary may list an added token too, and then must give it the same id.
      let written = model.letters(of: content)
      let standing = table[token.id]
      guard standing.isEmpty || Array(standing) == content || Array(standing) == written else {
        throw try node.at("id").fails(
          "free, since model.vocab has \"\(ByteAlphabet.written(standing))\" there and added_tokens \"\(token.content)\""
        )
      }
      if let written, let other = table.id(of: written), other != token.id {
        throw try node.at("id").fails("\(other), as in model.vocab")
      }
      return token
    }
  }
}
