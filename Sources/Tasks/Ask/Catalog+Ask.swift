import Palimpsest

let askTask = Catalog<any ReadingTask>.Entry(
  "ask", "one text, from files or standard input, and one question", defaults: AskTask.Settings()
) { settings, setup in
  guard !settings.files.isEmpty else {
    throw SettingError.outOfRange(
      "\(setup.path).files", found: "[]", why: "name at least one file, or - for standard input")
  }
  guard !settings.ask.allSatisfy(\.isWhitespace) else {
    throw SettingError.outOfRange("\(setup.path).ask", found: "empty", why: "there is no question to answer")
  }
  if let place = settings.files.firstIndex(of: "-"), place != settings.files.count - 1 {
    throw SettingError.outOfRange(
      "\(setup.path).files", found: settings.files.joined(separator: ", "),
      why: "standard input (-) has no known length, so it can only be named once and last")
  }
  return AskTask(settings)
}
