import Foundation
import Palimpsest
import Settings
import Terminal

extension Bench {
  /// Prints where each run would stand, a line each: what `--dry-run` and `validate` say. As JSON an object
  /// with `run` and, in full, `settings`.
  public func listPlaces() {
    for place in places { options.console.result(options.isJSON ? place.settings.line : place.run) }
  }

  /// The run of every point, whether it stands on disk or not.
  public var places: [RunPlace] {
    points.map { RunPlace(run: shelf.appending(path: $0.name).relativePath, full: $0.full, ablation: $0.ablation) }
  }
}

extension RunOptions {
  /// The experiment that a settings file names, taken out of the settings.
  public mutating func takeExperiment() throws -> String? {
    guard case .table(var table) = file, let value = table.removeValue(forKey: "experiment") else { return nil }
    guard case .string(let name) = value else {
      throw RunError.usage("experiment is \(value.line), but must be the name of one")
    }
    file = .table(table)
    return name
  }
}

/// Where the run of a point stands.
public struct RunPlace: Sendable, Codable {
  /// The folder of the run.
  public var run: String
  /// Every setting.
  public var full: Setting
  /// The name that `ablations:` gives the point; nil for a point of the product.
  public var ablation: String?

  package init(run: String, full: Setting, ablation: String? = nil) {
    self.run = run
    self.full = full
    self.ablation = ablation
  }

  /// The folder's own name, in which the hash of all settings stands.
  public var name: String { URL(filePath: run).lastPathComponent }

  /// The same as a table, for `--json`.
  public var settings: Setting {
    .table(
      ["run": .string(run), "settings": full].merging(ablation.map { ["ablation": .string($0)] } ?? [:]) { $1 })
  }

  private enum CodingKeys: String, CodingKey {
    case run, ablation
    case full = "settings"
  }
}
