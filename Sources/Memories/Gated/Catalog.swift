import MemoryOverwrite
import Palimpsest

/// The memories whose reply states its own gates, by name.
public let gatedMemories: [Catalog<any Memory>.Entry] = [
  .init(
    "gated", "one page whose reply states its own update and exit gates",
    source: "GRU-Mem, arXiv:2602.10560", defaults: GatedMemory.Settings()
  ) { settings, setup in
    try checkPage(settings.tokens, thinking: settings.thinking, in: setup)
    return GatedMemory(settings, tokenizer: setup.tokenizer, template: setup.wording.update)
  }
]

/// The gates, by name.
public let gates: [Catalog<any Gate>.Entry] = [
  .init("open", "writes every draft, never stops", source: "MemAgent, arXiv:2507.02259") { _ in OpenGate() },
  .init(
    "replied", "does what the draft's own update and exit signals say",
    source: "GRU-Mem, arXiv:2602.10560", defaults: RepliedGate.Settings()
  ) { settings, _ in RepliedGate(settings) },
]
