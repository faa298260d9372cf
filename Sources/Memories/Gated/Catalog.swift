import MemoryOverwrite
import Palimpsest

/// The memories whose reply states its own gates, by name.
public let gatedMemories: [Catalog<any Memory>.Entry] = [
  .init(
    "gated", "one page whose reply states its own update and exit gates",
    source: "GRU-Mem, arXiv:2602.10560", defaults: GatedMemory.Settings()
  ) { settings, setup in
    try checkPage(settings.tokens, thinking: settings.thinking, in: setup)
    return GatedMemory(settings, tokenizer: setup.tokenizer, templates: setup.templates)
  }
]
