import Palimpsest

/// What is customarily measured on a task.
enum Metrics {
  static func customary(for task: Spec) -> [Spec] {
    switch task.kind {
    // Several values may be asked for, and the reply is a sentence that holds them.
    case "needle": [Spec("includes")]
    // Of a question whose answer nobody knows nothing is measured.
    case "ask" where task.settings["answers", default: .list([])] == .list([]): []
    default: [Spec("em"), Spec("f1")]
    }
  }
}
