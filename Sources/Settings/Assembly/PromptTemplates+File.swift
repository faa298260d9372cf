import Palimpsest

extension PromptTemplates {
  /// Templates from a YAML file with the keys `update` and `answer`; a block scalar (`|`) keeps every
  /// byte.
  init(file path: String) throws {
    self = try Setting.resolve(PromptTemplates(), overlaid: YAML.read(file: path), at: "prompts")
    if let update, !update.contains("{section}") {
      throw SettingError.outOfRange(
        "prompts.update", found: "without {section}", why: "the policy would never see the text")
    }
    for (key, template) in [("update", update), ("answer", answer)] {
      if let template, !template.contains("{memory}") {
        throw SettingError.outOfRange(
          "prompts.\(key)", found: "without {memory}", why: "the policy would never see the memory")
      }
    }
  }
}
