extension Prompt {
  /// The prompt as a policy that takes text is shown it, foreign text disarmed. Parts that are not
  /// text are left out.
  public var text: String {
    var bytes: [UInt8] = []
    var isForeign: [Range<Int>] = []
    var tags = Set(Disarmament.controls)
    var names = Disarmament.names
    for piece in pieces {
      switch piece {
      case .literal(let text):
        let found = Disarmament.tags(in: text)
        tags.formUnion(found.tags)
        names.formUnion(found.names)
        bytes += text.utf8
      case .foreign(.text(let text), _):
        let start = bytes.count
        bytes += text.utf8
        if bytes.count > start { isForeign.append(start..<bytes.count) }
      case .foreign: break
      }
    }
    return Disarmament(tags: tags, names: names).render(bytes, foreign: isForeign)
  }
}

/// Takes the power out of tags and control tokens in foreign text.
///
/// A tag's `<` becomes `‹`, a bracket token's `[` becomes `⟦`: a reader still sees what was there.
/// A token that only comes about where a literal meets foreign text is broken by a space.
struct Disarmament {
  /// Tokens, lower case, that must not occur in foreign text or across its borders.
  let tokens: [[UInt8]]
  /// Tag names, lower case; in foreign text `<`, any `/` and blanks, then a name, is disarmed.
  let names: Set<[UInt8]>

  init(tags: Set<String>, names: Set<String>) {
    tokens = tags.map { Array($0.utf8) }
    self.names = Set(names.map { Array($0.utf8) })
  }

  /// Control tokens of the known chat templates; `<|` opens those of ChatML, Llama 3, Phi and more.
  static let controls = [
    "<|", "[inst]", "[/inst]", "<<sys>>", "<</sys>>", "<s>", "</s>", "<bos>", "<eos>", "<unk>", "<pad>",
    "<start_of_turn>", "<end_of_turn>", "<|im_start|>", "<|im_end|>", "<|endoftext|>",
    "<|begin_of_text|>", "<|eot_id|>", "[system_prompt]", "[/system_prompt]", "<｜",
  ]

  /// Tags that stand for something in every reply, whether or not a prompt names them.
  static let names: Set<String> = [
    "think", "check", "update", "next", "problem", "memory", "section", "tool_call",
    "tool_response", "system", "user", "assistant", "s", "bos", "eos", "start_of_turn", "end_of_turn",
  ]

  /// The tags of a literal: whole (`</memory>`) and by name (`memory`), lower case.
  static func tags(in literal: String) -> (tags: Set<String>, names: Set<String>) {
    var tags: Set<String> = []
    var names: Set<String> = []
    for start in literal.indices where literal[start] == "<" {
      var name = literal[literal.index(after: start)...]
      if name.first == "/" { name.removeFirst() }
      guard let end = name.firstIndex(of: ">") else { continue }
      name = name[..<end]
      let isName = name.utf8.allSatisfy { isNameByte($0) }
      guard !name.isEmpty, isName else { continue }
      tags.insert(literal[start...end].lowercased())
      names.insert(name.lowercased())
    }
    return (tags, names)
  }

  func render(_ bytes: [UInt8], foreign: [Range<Int>]) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + 64)
    var done = 0
    func literal(until end: Int) {
      output += bytes[done..<end]
      done = end
    }
    // Every occurrence begins with one of two bytes, so only those places are looked at.
    var breaks: [Int] = []
    var borders = foreign[...]
    for start in bytes.indices where bytes[start] == UInt8(ascii: "<") || bytes[start] == UInt8(ascii: "[") {
      while let range = borders.first, range.upperBound <= start { borders.removeFirst() }
      if let range = borders.first, range.contains(start) {
        if isArmed(bytes, at: start) {
          literal(until: start)
          output += (bytes[start] == UInt8(ascii: "<") ? "‹" : "⟦").utf8
          done = start + 1
        }
      } else if let range = borders.first {
        // The first byte is a literal's; the token is not when it reaches into foreign text.
        for token in tokens where matches(bytes, token, at: start) && start + token.count > range.lowerBound {
          breaks.append(range.lowerBound)
        }
      }
      if let cut = breaks.last, cut >= done {
        literal(until: cut)
        output.append(UInt8(ascii: " "))
      }
      breaks.removeAll(keepingCapacity: true)
    }
    literal(until: bytes.count)
    return String(decoding: output, as: UTF8.self)
  }

  private func isArmed(_ bytes: [UInt8], at start: Int) -> Bool {
    if tokens.contains(where: { matches(bytes, $0, at: start) }) { return true }
    guard bytes[start] == UInt8(ascii: "<") else { return false }
    var index = start + 1
    while index < bytes.count, index - start < 16, bytes[index] == UInt8(ascii: "/") || isBlank(bytes[index]) {
      index += 1
    }
    var end = index
    while end < bytes.count, end - index < 64, isNameByte(bytes[end]) { end += 1 }
    return names.contains(bytes[index..<end].map(lowercased))
  }

  private func matches(_ bytes: [UInt8], _ token: [UInt8], at start: Int) -> Bool {
    guard start + token.count <= bytes.count else { return false }
    return token.indices.allSatisfy { lowercased(bytes[start + $0]) == token[$0] }
  }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
    true
  default: false
  }
}
