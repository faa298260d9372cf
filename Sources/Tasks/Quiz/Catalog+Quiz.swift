import Palimpsest

let quizTask = Catalog<any ReadingTask>.Entry(
  "quiz", "several questions of one's own about one text", defaults: QuizTask.Settings()
) { settings, setup in
  guard !settings.text.isEmpty else {
    throw SettingError.outOfRange(
      "\(setup.path).text", found: "\"\"", why: "name a file, or a folder of files that are read one after the other")
  }
  guard !settings.questions.isEmpty else {
    throw SettingError.outOfRange("\(setup.path).questions", found: "[]", why: "ask at least one question")
  }
  return QuizTask(settings)
}
