import JSON

/// Reads `pre_tokenizer`: ByteLevel, or a sequence of Split, Digits and ByteLevel.
struct SplittingLoader {
  let node: JSONNode

  init(_ node: JSONNode) { self.node = node }

  func splitting() throws -> Splitting {
    var result = Splitting()
    let steps = try steps()
    guard let last = steps.last, try last.at("type").string() == "ByteLevel" else {
      throw node.fails("ByteLevel, or a Sequence that ends in it: only vocabularies of bytes are known here")
    }
    for step in steps.dropLast() {
      let type = try step.at("type")
      switch try type.string() {
      case "Split":
        guard result.pattern == nil else { throw type.fails("one Split at most") }
        result.pattern = try split(step)
      case "Digits":
        guard result.pattern == nil, result.digits == nil else { throw type.fails("one Digits, before any Split") }
        try step.allows(only: ["type", "individual_digits"])
        result.digits = try step.at("individual_digits").bool(or: false) ? .single : .together
      default: throw type.fails("Split, Digits or ByteLevel")
      }
    }
    try last.allows(only: ["type", "add_prefix_space", "trim_offsets", "use_regex"])
    if try last.at("add_prefix_space").bool(or: true) { result.leadingSpace = .unlessThere }
    if result.leadingSpace != .never, steps.count > 1 {
      throw try last.at("add_prefix_space").fails("false behind other steps: a space would go before every word")
    }
    if try last.at("use_regex").bool(or: true) {
      if result.pattern != nil {
        throw try last.at("use_regex").fails("false behind a Split: words would be split twice")
      }
      result.pattern = .gpt2
    }
    return result
  }

  private func steps() throws -> [JSONNode] {
    guard !node.isAbsent else { return [] }
    guard try node.at("type").string() == "Sequence" else { return [node] }
    try node.allows(only: ["type", "pretokenizers"])
    return try node.at("pretokenizers").list()
  }

  private func split(_ step: JSONNode) throws -> SplitPattern {
    try step.allows(only: ["type", "pattern", "behavior", "invert"])
    let behavior = try step.at("behavior")
    // With a pattern that matches everything the two mean the same.
    let invert = try step.at("invert").bool(or: false)
    guard try behavior.string() == (invert ? "Removed" : "Isolated") else {
      throw behavior.fails("\"Isolated\" (or \"Removed\" where inverted)")
    }
    try step.at("pattern").allows(only: ["Regex", "String"])
    let expression = try step.at("pattern").at("Regex")
    guard !expression.isAbsent else { throw expression.fails("the regular expression of a known pattern") }
    guard let pattern = SplitPattern(expression: try expression.string()) else {
      throw TokenizerError.unknownPattern(
        file: step.text.file, key: expression.key, pattern: shortened(try expression.string(), to: 2000))
    }
    return pattern
  }
}
