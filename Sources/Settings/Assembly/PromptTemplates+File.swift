import Palimpsest

extension PromptTemplates {
  /// The slots of a template.
  private static let slots = ["problem", "memory", "section"]

  /// Templates from a YAML file: a text for each prompt that is replaced, by name; a block scalar (`|`)
  /// keeps every byte. A word in braces that is no slot is refused, unless the key `plain` lists it: there
  /// it is text.
  package init(file path: String) throws {
    var file = try YAML.read(file: path)
    let plain = try file["plain"].map { try $0.decoded(as: [String].self, at: "prompts.plain") } ?? []
    if file["plain"] != nil { file["plain"] = nil }
    self.init(try file.decoded(as: [String: String].self, at: "prompts"))
    for (key, template) in texts.sorted(by: { $0.key < $1.key }) {
      for word in Self.words(inBracesOf: template) where !Self.slots.contains(word) && !plain.contains(word) {
        let guess = nearest(to: word, among: Self.slots).map { "; did you mean {\($0)}?" } ?? ""
        throw SettingError.outOfRange(
          "prompts.\(key)", found: "a template with {\(word)}",
          why: "slots are {problem}, {memory} and {section}\(guess); if it is text, list it: plain: [\(word)]")
      }
    }
  }

  /// - Parameter declared: the prompts that are asked.
  /// - Throws: `SettingError` for a name that no prompt has, and for a template that hides from the policy
  ///   what the declared one shows.
  package func check(against declared: [PromptTemplate]) throws {
    // A file may serve several arms, of which some ask no prompt of their own.
    let known = Array(Set(declared.map(\.name) + ["update", "updateWithoutQuestion"])).sorted()
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      guard known.contains(name) else {
        throw SettingError.unknownKey("prompts.\(name)", nearest: nearest(to: name, among: known), known: known)
      }
      if name != Reader.answerTemplate.name, !text.contains("{section}") {
        throw SettingError.outOfRange(
          "prompts.\(name)", found: "without {section}", why: "the policy would never see the text")
      }
      if !text.contains("{memory}") {
        throw SettingError.outOfRange(
          "prompts.\(name)", found: "without {memory}", why: "the policy would never see the memory")
      }
    }
  }

  /// The words that stand in braces alone. The argument of a TeX command (`\boxed{answer}`) is none.
  private static func words(inBracesOf template: String) -> [String] {
    template.matches(of: /(\\[A-Za-z]+(?:\{[^{}]*\})*)?\{([A-Za-z_][A-Za-z0-9_]*)\}/).compactMap { match in
      match.1 == nil ? String(match.2) : nil
    }
  }
}
