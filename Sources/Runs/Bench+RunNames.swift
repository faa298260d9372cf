import Foundation
import Settings
import Terminal

extension Bench {
  /// Prints where each run would stand: what `--dry-run` and `validate` say.
  public func listPlaces() {
    for point in points { options.console.result(shelf.appending(path: point.name).relativePath) }
  }
}

extension RunOptions {
  /// The experiment that a settings file names, taken out of the settings.
  public mutating func takeExperiment() throws -> String? {
    guard case .table(var table) = file, let value = table.removeValue(forKey: "experiment") else { return nil }
    guard case .string(let name) = value else {
      throw WorkbenchError.usage("experiment is \(value.line), but must be the name of one")
    }
    file = .table(table)
    return name
  }
}
