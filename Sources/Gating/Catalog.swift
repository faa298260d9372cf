import Palimpsest

/// The gates, by name.
public let gates: [Catalog<any Gate>.Entry] = simpleGates + combinedGates(of: simpleGates)

private let simpleGates: [Catalog<any Gate>.Entry] = [
  .init("open", "writes every draft, never stops", source: "MemAgent, arXiv:2507.02259") { _ in OpenGate() },
  .init(
    "replied", "does what the draft's own update and exit signals say",
    source: "GRU-Mem, arXiv:2602.10560", defaults: RepliedGate.Settings()
  ) { settings, _ in RepliedGate(settings) },
  .init(
    "novelty", "writes drafts that say something the state does not", defaults: NoveltyGate.Settings()
  ) { settings, setup in
    try checkShare(settings.threshold, "threshold", in: setup)
    return NoveltyGate(settings)
  },
  .init(
    "oracle", "writes chunks that hold evidence, stops behind the last", defaults: OracleGate.Settings()
  ) { settings, _ in OracleGate(settings) },
  .init("random", "writes with a given probability", defaults: RandomGate.Settings()) { settings, setup in
    try checkShare(settings.probability, "probability", in: setup)
    return RandomGate(settings, seed: setup.seed)
  },
  .init("every", "writes the first chunk and every n-th", defaults: EveryGate.Settings()) { settings, setup in
    guard settings.n > 0 else {
      throw SettingError.outOfRange(setup.path + ".n", found: "\(settings.n)", why: "it must be at least 1")
    }
    return EveryGate(settings)
  },
]

private func checkShare(_ share: Double, _ key: String, in setup: Setup) throws {
  guard (0...1).contains(share) else {
    throw SettingError.outOfRange(setup.path + "." + key, found: "\(share)", why: "it must lie between 0 and 1")
  }
}
