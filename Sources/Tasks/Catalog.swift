import Palimpsest

/// The tasks, by name.
public let tasks: [Catalog<any ReadingTask>.Entry] = [
  askTask, quizTask, qaTask, needleTask, rulerTask, ledgerTask, symbolTask, poisonTask, babiLongTask, longBench2Task,
  infiniteBenchTask, narrativeQATask,
]
