import Palimpsest

/// The memories that are one page, by name.
public let overwriteMemories: [Catalog<any Memory>.Entry] = [
  .init(
    "overwrite", "one page, rewritten in full at every chunk", source: "MemAgent, arXiv:2507.02259",
    defaults: OverwriteMemory.Settings()
  ) { settings, setup in
    try checkPage(settings.tokens, thinking: settings.thinking, in: setup)
    return OverwriteMemory(settings, tokenizer: setup.tokenizer, templates: setup.templates)
  },
  .init(
    "append", "one page that is only ever added to, cut at the budget", defaults: AppendMemory.Settings()
  ) { settings, setup in
    try checkPage(settings.tokens, in: setup)
    guard settings.addition > 0 else {
      throw SettingError.outOfRange(
        setup.path + ".addition", found: "\(settings.addition)", why: "an addition holds at least 1 token")
    }
    return AppendMemory(settings, tokenizer: setup.tokenizer, templates: setup.templates)
  },
]

/// - Throws: `SettingError.outOfRange` for sizes no page can have.
package func checkPage(_ tokens: Int, thinking: Int = 0, in setup: Setup) throws {
  // Far beyond any model's window, and small enough that sums of sizes cannot overflow.
  let most = 1 << 30
  guard (1...most).contains(tokens) else {
    throw SettingError.outOfRange(
      setup.path + ".tokens", found: "\(tokens)", why: "a page holds between 1 and \(most) tokens")
  }
  guard (0...most).contains(thinking) else {
    throw SettingError.outOfRange(
      setup.path + ".thinking", found: "\(thinking)",
      why: "a reply may spend between 0 and \(most) tokens on reasoning")
  }
}
