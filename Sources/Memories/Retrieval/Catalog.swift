import Palimpsest

/// The memories that retrieve what a model made of a text, by name.
public let retrievalMemories: [Catalog<any Memory>.Entry] = [
  .init(
    "memlong", "a bank of one layer's attention rows; upper layers read the nearest chunks",
    source: "MemLong, arXiv:2408.16967",
    defaults: MemlongMemory.Settings()
  ) { settings, setup in
    try settings.check(at: setup.path)
    return try MemlongMemory(settings)
  }
]
