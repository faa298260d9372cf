import Foundation
import Notebooks
import Palimpsest
import Terminal

extension Bench {
  /// Weaves the script and what it showed into `page.html` beside the runs, one file that needs no
  /// other, and says where everything is.
  public func finish() async throws {
    var places: [String] = []
    let tables = try FileManager.default.contentsOfDirectory(atPath: display.path).filter { $0.hasSuffix(".md") }
      .sorted()
    if !tables.isEmpty {
      places.append("tables   \(display.relativePath)/: \(tables.joined(separator: " "))  (.csv .tex .json)")
    }
    if FileManager.default.fileExists(atPath: display.appending(path: "figures").path) {
      places.append("figures  \(display.relativePath)/figures/")
    }
    let runs = try runs()
    if runs.count > 6 {
      places.append("runs     \(shelf.relativePath)/, \(runs.count) folders; trace.html in each shows the steps")
    } else {
      places += runs.map { "run      \(($0.page ?? $0.place).relativePath)" }
    }
    do {
      // A point of a sweep is a row of a page, not a page.
      if let script, !options.isPoint {
        let page = display.appending(path: "page.html")
        try Weaver(name, script: script, shelf: display).weave(toHTML: page)
        places.append("page     \(page.relativePath)")
      }
    } catch {
      // A binary that was carried away from its sources still has its tables and figures.
      options.console.warn("no page was made: \(error)")
    }
    options.console.note("\nWhere everything is:\n" + places.map { "  \($0)" }.joined(separator: "\n"))
  }
}
