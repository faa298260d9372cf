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
  return QATask(settings, tokenizer: setup.tokenizer)
}
