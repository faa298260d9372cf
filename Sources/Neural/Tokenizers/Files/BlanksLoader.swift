import JSON

/// Reads how a vocabulary of scalars writes blanks: `▁`, by a normalizer (Llama 2, Gemma) or by the pre-tokenizer
/// Metaspace (Mistral), and what the decoder leaves out.
struct BlanksLoader {
  /// Whether blanks are written as `▁`; otherwise the vocabulary is one of bytes.
  private(set) var areSigns = false
  private(set) var splitting = Splitting()
  private(set) var strip = Vocabulary.Strip.nothing

  private static let sign = "\u{2581}"

  init(_ root: JSONNode) throws {
    try readNormalizer(root.at("normalizer"))
    try readSplitting(root.at("pre_tokenizer"))
    guard areSigns else { return }
    splitting.splitsScalars = true
    try readDecoder(root.at("decoder"))
  }

  private static func steps(_ node: JSONNode, _ list: String) throws -> [JSONNode] {
    guard !node.isAbsent else { return [] }
    guard try node.at("type").string() == "Sequence" else { return [node] }
    try node.allows(only: ["type", list])
    return try node.at(list).list()
  }

  private mutating func readNormalizer(_ node: JSONNode) throws {
    let steps = try Self.steps(node, "normalizers")
    let types = try steps.map { try $0.at("type").string() }
    guard types.contains("Replace") || types.contains("Prepend") else { return }
    guard types == ["Replace"] || types == ["Prepend", "Replace"] else {
      throw node.fails("Replace of blanks, perhaps behind a Prepend")
    }
    areSigns = true
    for step in steps {
      if try step.at("type").string() == "Prepend" {
        try step.allows(only: ["type", "prepend"])
        guard try step.at("prepend").string() == Self.sign else { throw try step.at("prepend").fails("\"▁\"") }
        splitting.leadingSpace = .always
      } else {
        try Self.checkReplace(step, " ", by: Self.sign)
      }
    }
  }

  private static func checkReplace(_ step: JSONNode, _ old: String, by new: String) throws {
    try step.allows(only: ["type", "pattern", "content"])
    let pattern = try step.at("pattern").at("String")
    guard !pattern.isAbsent, try pattern.string() == old else {
      throw try step.at("pattern").fails("the text \"\(old)\"")
    }
    guard try step.at("content").string() == new else { throw try step.at("content").fails("\"\(new)\"") }
  }

  private mutating func readSplitting(_ node: JSONNode) throws {
    let steps = try Self.steps(node, "pretokenizers")
    guard let first = steps.first else { return }
    let type = try first.at("type")
    switch try type.string() {
    case "Metaspace":
      guard steps.count == 1 else { throw node.fails("Metaspace alone") }
      try readMetaspace(first)
    case "Split" where areSigns:
      // Behind the normalizer there are no blanks left at which a text could be split.
      guard steps.count == 1, try first.at("pattern").at("String").present?.string() == " " else {
        throw node.fails("null, or a Split at blanks, behind a Replace of blanks")
      }
    default:
      guard !areSigns else { throw type.fails("null or Metaspace, behind a Replace of blanks") }
    }
  }

  private mutating func readMetaspace(_ node: JSONNode) throws {
    try node.allows(only: ["type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"])
    guard try node.at("replacement").string() == Self.sign else { throw try node.at("replacement").fails("\"▁\"") }
    guard splitting.leadingSpace == .never else {
      throw try node.at("type").fails("no Metaspace behind a Prepend: a blank would be put first twice")
    }
    areSigns = true
    switch try Self.scheme(node) {
    case "always": splitting.leadingSpace = .unlessThere
    case "first": splitting.leadingSpace = .onceUnlessThere
    default: splitting.leadingSpace = .never
    }
    if try node.at("split").bool(or: true) { splitting.blanks = .each }
  }

  /// Old files say `add_prefix_space` instead.
  private static func scheme(_ node: JSONNode) throws -> String {
    let scheme = try node.at("prepend_scheme")
    guard !scheme.isAbsent else { return try node.at("add_prefix_space").bool(or: true) ? "always" : "never" }
    let name = try scheme.string()
    guard ["always", "first", "never"].contains(name) else { throw scheme.fails("always, first or never") }
    return name
  }

  private mutating func readDecoder(_ node: JSONNode) throws {
    for step in try Self.steps(node, "decoders") {
      let type = try step.at("type")
      switch try type.string() {
      case "Replace": try Self.checkReplace(step, Self.sign, by: " ")
      case "ByteFallback", "Fuse": break
      case "Strip":
        guard try step.at("content").string() == " ", try step.at("start").text.words(step.at("start").value) == "1",
          try step.at("stop").text.words(step.at("stop").value) == "0"
        else { throw type.fails("a Strip of one blank at the start") }
        strip = .blank
      case "Metaspace": strip = try Self.scheme(step) == "never" ? .nothing : .firstToken
      default: throw type.fails("Replace, ByteFallback, Fuse, Strip or Metaspace")
      }
    }
  }
}
