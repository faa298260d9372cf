import Palimpsest

let qaTask = Catalog<any ReadingTask>.Entry(
  "qa", "HotpotQA, SQuAD, MuSiQue or 2Wiki, documents mixed with distractors",
  source: "RULER, arXiv:2404.06654", defaults: QATask.Settings()
) { settings, setup in
  func atLeastZero(_ key: String, _ value: Int) throws {
    guard value >= 0 else {
      throw SettingError.outOfRange(
        "\(setup.path).\(key)", found: "\(value)", why: "it counts something; 0 sets no bound")
    }
  }
  try atLeastZero("documents", settings.documents)
  try atLeastZero("tokens", settings.tokens)
  try atLeastZero("limit", settings.limit)
  guard settings.documents == 0 || settings.tokens == 0 else {
    throw SettingError.outOfRange(
      "\(setup.path).tokens", found: "\(settings.tokens)",
      why: "documents is set too; a text is made to one of the two measures")
  }
  guard !settings.hay.isEmpty || settings.placement == .uniform else {
    throw SettingError.outOfRange(
      "\(setup.path).placement", found: settings.placement.rawValue,
      why: "it is the place in a hay; name one with hay")
  }
  if !settings.hay.isEmpty {
    guard settings.tokens > 0 else {
      throw SettingError.outOfRange(
        "\(setup.path).tokens", found: "0", why: "a hay has no end; set how long a text is to be")
    }
    guard settings.placement != .onePerChunk, settings.order == .perItem, !settings.repeating else {
      throw SettingError.outOfRange(
        "\(setup.path).hay", found: settings.hay,
        why: "over a hay the placement is uniform, first or last, the order perItem, and nothing is repeated")
    }
  }
  return QATask(settings, tokenizer: setup.tokenizer)
}
