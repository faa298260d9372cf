import Palimpsest

/// Where questions come from, by name.
public let tasks: [Catalog<any ReadingTask>.Entry] = [
  askTask, quizTask, qaTask, needleTask, ledgerTask,
]
