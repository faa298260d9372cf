import Foundation
import Notebooks
import Palimpsest
import Terminal

extension Bench {
  /// Weaves the script and what it showed into `page.html` beside the runs, one file that needs no
  /// other, and says where everything is.
  public func finish() async throws {
    var places: [String] = []
    if FileManager.default.fileExists(atPath: shelf.appending(path: "table.md").path) {
      places.append("table    \(shelf.relativePath)/table.md  (.csv .tex .json)")
    }
    if FileManager.default.fileExists(atPath: shelf.appending(path: "figures").path) {
      places.append("figures  \(shelf.relativePath)/figures/")
    }
    for run in try runs() {
      places.append("run      \(run.place.relativePath)/")
      if let page = run.page { places.append("steps    \(page.relativePath)") }
    }
    do {
      if let script {
        let page = shelf.appending(path: "page.html")
        try Weaver(name, script: script, shelf: shelf).weave(toHTML: page)
        places.append("page     \(page.relativePath)")
      }
    } catch {
      // A binary that was carried away from its sources still has its tables and figures.
      options.console.warn("no page was made: \(error)")
    }
    options.console.note("\nWhere everything is:\n" + places.map { "  \($0)" }.joined(separator: "\n"))
  }
}
