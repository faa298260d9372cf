import JSON

/// Makes a vocabulary of a `tokenizer.json`. The file is foreign: whatever in it does not fit
/// together, or is not known here, ends in an error; nothing is skipped that could change an id.
///
/// `truncation` and `padding` are about batches and are not looked at; a text is never cut silently.
/// Nor is `decoder`: bytes are put back together as they were taken apart.
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
    let model = try ModelLoader(root.at("model"))
    let added = try addedTokens(model.table)
    let special = Set(added.filter(\.isSpecial).map { UInt32($0.id) })
    if let merge = model.merges.first(where: { special.contains($0.merged) }) {
      throw try root.at("model").at("merges").fails(
        "a list in which nothing makes the special token \(merge.merged), which no text may become")
    }
    let splitting = try SplittingLoader(root.at("pre_tokenizer")).splitting()
    let frame = try FrameLoader(root.at("post_processor"), added: added, table: model.table).frame()
    return Vocabulary(
      table: model.table, merges: model.merges, byteIDs: model.byteIDs, ignoresMerges: model.ignoresMerges,
      splitting: splitting, form: try form(root.at("normalizer")), added: added, opening: frame.opening,
      closing: frame.closing)
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

  private func addedTokens(_ table: TokenTable) throws -> [AddedToken] {
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
      let written = ByteAlphabet.bytes(of: content)
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
