import Foundation
import Palimpsest

/// A run as it stands on disk, for whoever goes on with it. The folder may be somebody else's: only
/// settings are taken from it, never a command.
public struct Shelved: Sendable {
  public enum Kind: Sendable, Hashable {
    case evaluation
    case reading
    case experiment(String)
  }

  public let kind: Kind
  /// The run's `settings.yaml`.
  public let settings: URL
  /// The folder for runs that holds it.
  public let out: URL
  /// How many questions it was limited to.
  public let limit: Int?
  private let full: Setting

  /// - Throws: `WorkbenchError.notARun`.
  public init(_ path: String) throws {
    let place = URL(filePath: path)
    settings = place.appending(path: "settings.yaml")
    guard FileManager.default.fileExists(atPath: settings.path) else {
      throw WorkbenchError.notARun(path, reason: "it has no settings.yaml; give the folder of one run, runs/NAME/RUN")
    }
    full = try YAML.read(file: settings.path)
    let surroundings: Surroundings
    do {
      surroundings = try JSONDecoder().decode(
        Surroundings.self, from: Data(contentsOf: place.appending(path: "env.json")))
    } catch {
      throw WorkbenchError.notARun(path, reason: "its env.json cannot be read")
    }
    let name = surroundings.experiment
    kind = name == "read" ? .reading : name.hasPrefix("eval-") ? .evaluation : .experiment(name)
    limit = surroundings.limit
    out = place.standardizedFileURL.deletingLastPathComponent().deletingLastPathComponent()
  }

  /// - Throws: `WorkbenchError.changed` with the difference, where overrides would change a setting.
  public func refuseChanges(_ overrides: [Override]) throws {
    var wanted = full
    for override in overrides { wanted[override.path] = override.value }
    let differences = Setting.differences(from: full, to: wanted)
    guard differences.isEmpty else {
      throw WorkbenchError.changed(settings.deletingLastPathComponent().path, differences: differences)
    }
  }
}
