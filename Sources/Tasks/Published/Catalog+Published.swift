import Palimpsest

let babiLongTask = Catalog<any ReadingTask>.Entry(
  "babilong", "Facts of bAbI among the sentences of books: the published files, or made by its rule",
  source: "BABILong, arXiv:2406.10149", defaults: BABILongTask.Settings()
) { settings, setup in
  let path = setup.path
  try path.demand(settings.tokens >= 0, "tokens", settings.tokens, "it counts something; 0 gives the facts alone")
  try path.demand(settings.promptTokens >= 0, "promptTokens", settings.promptTokens, "it counts something")
  try path.demand(
    (1...1_000_000).contains(settings.count), "count", settings.count, "it must lie between 1 and 1000000")
  try path.demand(
    settings.data.isEmpty || settings.facts.isEmpty, "facts", settings.facts,
    "data is set too; samples are read from data or made from facts")
  try path.demand(
    settings.tokens == 0 || settings.facts.isEmpty || settings.promptTokens < settings.tokens, "promptTokens",
    settings.promptTokens, "that leaves nothing of the \(settings.tokens) tokens")
  return BABILongTask(settings, tokenizer: setup.tokenizer)
}

let longBench2Task = Catalog<any ReadingTask>.Entry(
  "longbench2", "LongBench v2's questions with four choices about long real texts",
  source: "LongBench v2, arXiv:2412.15204", defaults: LongBench2Task.Settings()
) { settings, setup in
  try known(settings.difficulty, LongBench2Task.difficulties, "\(setup.path).difficulty")
  try known(settings.length, LongBench2Task.lengths, "\(setup.path).length")
  return LongBench2Task(settings)
}

let infiniteBenchTask = Catalog<any ReadingTask>.Entry(
  "infinitebench", "InfiniteBench's twelve tasks over texts of a hundred thousand tokens and more",
  source: "InfiniteBench, arXiv:2402.13718", defaults: InfiniteBenchTask.Settings()
) { settings, _ in InfiniteBenchTask(settings) }

let narrativeQATask = Catalog<any ReadingTask>.Entry(
  "narrativeqa", "Questions about whole books and film scripts, or about their summaries",
  source: "NarrativeQA, arXiv:1712.07040", defaults: NarrativeQATask.Settings()
) { settings, setup in
  try known(settings.set, NarrativeQATask.sets, "\(setup.path).set")
  return NarrativeQATask(settings)
}

/// - Throws: `SettingError.outOfRange` for a name that is none of the known ones; the empty one is.
private func known(_ name: String, _ names: [String], _ path: String) throws {
  guard name.isEmpty || names.contains(name) else {
    throw SettingError.outOfRange(
      path, found: name, why: "it must be one of \(names.joined(separator: ", ")), or empty")
  }
}
