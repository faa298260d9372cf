import JSON

/// Reads `post_processor`: which tokens stand before and behind a text.
struct FrameLoader {
  let node: JSONNode
  let added: [AddedToken]
  let table: TokenTable

  init(_ node: JSONNode, added: [AddedToken], table: TokenTable) {
    self.node = node
    self.added = added
    self.table = table
  }

  func frame() throws -> (opening: [Int], closing: [Int]) {
    var frames: [(opening: [Int], closing: [Int])] = []
    try read(node, into: &frames)
    guard frames.count <= 1 else { throw node.fails("one TemplateProcessing at most") }
    return frames.first ?? ([], [])
  }

  private func read(_ node: JSONNode, into frames: inout [(opening: [Int], closing: [Int])]) throws {
    guard !node.isAbsent else { return }
    let type = try node.at("type")
    switch try type.string() {
    case "ByteLevel": return  // about offsets only
    case "Sequence":
      for step in try node.at("processors").list() { try read(step, into: &frames) }
    case "TemplateProcessing": frames.append(try template(node))
    default: throw type.fails("ByteLevel, TemplateProcessing or a Sequence of them")
    }
  }

  private func template(_ node: JSONNode) throws -> (opening: [Int], closing: [Int]) {
    try node.allows(only: ["type", "single", "pair", "special_tokens"])
    var frame: (opening: [Int], closing: [Int]) = ([], [])
    var texts = 0
    for piece in try node.at("single").list() {
      try piece.allows(only: ["SpecialToken", "Sequence"])
      guard try piece.at("Sequence").isAbsent else {
        texts += 1
        continue
      }
      let name = try piece.at("SpecialToken").at("id")
      let ids = try ids(of: name.string(), in: node, for: name)
      if texts == 0 { frame.opening += ids } else { frame.closing += ids }
    }
    guard texts == 1 else { throw try node.at("single").fails("a template with the text in it once") }
    return frame
  }

  private func ids(of name: String, in node: JSONNode, for place: JSONNode) throws -> [Int] {
    let entry = try node.at("special_tokens").at(name)
    guard !entry.isAbsent else { throw place.fails("a name that special_tokens explains") }
    return try entry.at("ids").list().map { node in
      let id = try node.id()
      guard added.contains(where: { $0.id == id }) || !table[id].isEmpty else { throw node.fails("the id of a token") }
      return id
    }
  }
}
