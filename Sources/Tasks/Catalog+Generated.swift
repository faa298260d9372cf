import Palimpsest

let needleTask = Catalog<any ReadingTask>.Entry(
  "needle", "A magic number hidden in noise, in a text of yours, or among its like",
  source: "RULER (arXiv:2404.06654)", defaults: NeedleTask.Settings()
) { settings, setup in
  try setup.check("count", settings.count, in: 1...1_000_000)
  try setup.check("tokens", settings.tokens, in: 1...1_000_000_000)
  return NeedleTask(settings, tokenizer: setup.tokenizer)
}

let ledgerTask = Catalog<any ReadingTask>.Entry(
  "ledger", "Facts about people to be followed over one to four sentences, among facts that mislead",
  defaults: LedgerTask.Settings()
) { settings, setup in
  try setup.check("count", settings.count, in: 1...1_000_000)
  try setup.check("tokens", settings.tokens, in: 1...1_000_000_000)
  try setup.check("hops", settings.hops, in: 0...4)
  try setup.check("revisions", settings.revisions, in: 0...4)
  // Every misleading statement names people who occur nowhere else, and there are 4,096 names.
  try setup.check("distractors", settings.distractors, in: 0...1000)
  try setup.check("decoys", settings.decoys, in: 0...200)
  try setup.check("chunk", settings.chunk, in: 1...1_000_000)
  return LedgerTask(settings, tokenizer: setup.tokenizer)
}

let poisonTask = Catalog<any ReadingTask>.Entry(
  "poison", "Texts with an attack on the reader's memory: 12 families, 10 wordings, 5 places, and clean twins",
  defaults: PoisonTask.Settings()
) { settings, setup in
  try setup.check("tokens", settings.tokens, in: 1...1_000_000_000)
  try setup.check("templates", settings.templates, in: 1...PoisonFamily.templateCount)
  try setup.check("positions", settings.positions, in: 1...1000)
  return PoisonTask(settings, tokenizer: setup.tokenizer)
}

let symbolTask = Catalog<any ReadingTask>.Entry(
  "symbols", "Chains, keys, revisions, variables and counts in a language of 222 words for tiny models",
  source: "RULER (arXiv:2404.06654)", defaults: SymbolTask.Settings()
) { settings, setup in
  try setup.check("count", settings.count, in: 1...1_000_000_000)
  try setup.check("links", settings.links, in: 1...3)
  try setup.check("chunks", settings.chunks, in: 1...10_000_000)
  try setup.check("sentences", settings.sentences, in: 5...10_000)
  guard (0...1).contains(settings.density) else {
    throw SettingError.outOfRange(
      "\(setup.path).density", found: "\(settings.density)", why: "it is a share and must lie between 0 and 1")
  }
  return SymbolTask(settings)
}

let rulerTask = Catalog<any ReadingTask>.Entry(
  "ruler", "The thirteen tasks of RULER by its own rules, as generate writes them",
  source: "RULER (arXiv:2404.06654)", defaults: RulerTask.Settings()
) { settings, setup in
  try setup.check("count", settings.count, in: 1...100_000)
  try setup.check("tokens", settings.tokens, in: 1...100_000_000)
  try setup.check("templateTokens", settings.templateTokens, in: 0...1_000_000)
  return RulerTask(settings, tokenizer: setup.tokenizer)
}

extension Setup {
  fileprivate func check(_ key: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw SettingError.outOfRange(
        "\(path).\(key)", found: "\(value)", why: "it must lie between \(range.lowerBound) and \(range.upperBound)")
    }
  }
}
