import Palimpsest

/// What is customarily measured on a task.
enum Metrics {
  static func customary(for task: Spec) -> [Spec] {
    switch task.kind {
    // Several values may be asked for, and the reply is a sentence that holds them.
    case "needle": [Spec("includes")]
    // RULER's own rules: any gold of its questions over documents, all golds of the others.
    case "ruler": [Spec("includes", ["mode": isOverDocuments(task) ? "part" : "all"])]
    // The benchmarks' own rules, beside ours.
    case "babilong": [Spec("babilong"), Spec("em")]
    case "longbench2": [Spec("choice")]
    case "infinitebench": [Spec("infinitebench")]
    case "narrativeqa": [Spec("rouge"), Spec("f1")]
    // A question without a known answer has no metrics.
    case "ask" where task.settings["answers", default: .list([])] == .list([]): []
    default: [Spec("em"), Spec("f1")]
    }
  }

  private static func isOverDocuments(_ task: Spec) -> Bool {
    ["qa_1", "qa_2"].contains { task.settings["variety"] == .string($0) }
  }
}
