import Palimpsest

/// What is customarily measured on a task.
enum Metrics {
  static func customary(for task: Spec) -> [Spec] {
    switch task.kind {
    // Several values may be asked for, and the reply is a sentence that holds them.
    case "needle": [Spec("includes")]
    // A question without a known answer has no metrics.
    case "ask" where task.settings["answers", default: .list([])] == .list([]): []
    default: [Spec("em"), Spec("f1")]
    }
  }
}
