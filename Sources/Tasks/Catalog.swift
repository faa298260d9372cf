import Palimpsest

/// The tasks, by name.
public let tasks: [Catalog<any ReadingTask>.Entry] = [
  askTask, quizTask, qaTask, needleTask, ledgerTask, symbolTask,
]
