import Palimpsest

/// What is customarily measured on a task.
enum Metrics {
  static func customary(for task: String) -> [Spec] {
    let known = Set(Catalog.verifiers.names)
    let names =
      switch task {
      case "needle": ["matchAll"]
      default: ["exact", "f1"]
      }
    return names.filter { known.contains($0) }.map { Spec($0) }
  }
}
