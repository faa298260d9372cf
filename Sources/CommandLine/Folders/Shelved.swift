import Evaluations
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// A run on disk, to be resumed. The folder may be of unknown origin: only settings are read from
/// it, never a command.
public struct Shelved: Sendable {
  /// Which verb continues the run.
  public enum Kind: Sendable, Hashable {
    case evaluation
    case reading
    case training(String)
    case experiment(String)
  }

  /// Which verb continues the run.
  public let kind: Kind
  /// The run's `settings.yaml`.
  public let settings: URL
  /// The folder for runs that holds it.
  public let out: URL
  /// How many questions it was limited to.
  public let limit: Int?
  private let full: Setting

  /// - Throws: `RunError.notARun`.
  public init(_ path: String) throws {
    let place = URL(filePath: path)
    settings = place.appending(path: "settings.yaml")
    guard FileManager.default.fileExists(atPath: settings.path) else {
      throw RunError.notARun(path, reason: "it has no settings.yaml; give the folder of one run, runs/NAME/RUN")
    }
    full = try YAML.read(file: settings.path)
    let surroundings: Surroundings
    do {
      surroundings = try JSONDecoder().decode(
        Surroundings.self, from: Data(contentsOf: place.appending(path: "env.json")))
    } catch {
      throw RunError.notARun(path, reason: "its env.json cannot be read")
    }
    let name = surroundings.experiment
    kind =
      name == "read"
      ? .reading
      : name.hasPrefix("eval-") ? .evaluation : name.hasPrefix("train-") ? .training(name) : .experiment(name)
    limit = surroundings.limit
    out = place.standardizedFileURL.deletingLastPathComponent().deletingLastPathComponent()
  }

  /// Questions with their texts, where the run's task can be made again from the same data. Missing texts
  /// are not an error: callers show traces, and can do without texts.
  static func questions(of folder: URL, _ ids: [Question.ID]) -> [Question] {
    guard let shelved = try? Shelved(folder.path), shelved.kind == .reading || shelved.kind == .evaluation,
      let data = try? Data(contentsOf: folder.appending(path: "env.json")),
      let then = try? JSONDecoder().decode(Surroundings.self, from: data),
      let now = try? Surroundings.hashes(of: shelved.full), then.hashes == now,
      // What came through a pipe is gone; asking for it would wait for more.
      !shelved.full.leaves.values.contains(where: { $0.holds("-") }),
      let point = try? Point(shelved.full, defaults: EvaluationSettings()),
      let task = try? Catalog.tasks.make(point.settings.task, for: point.settings),
      let questions = try? task.questions(seed: point.settings.seed)
    else { return [] }
    let wanted = Set(ids)
    var found: [Question] = []
    for question in questions where wanted.contains(question.id) {
      found.append(question)
      if found.count == wanted.count { break }
    }
    return found
  }

  /// - Throws: `RunError.changed` with the difference, where overrides would change a setting.
  public func refuseChanges(_ overrides: [Override]) throws {
    var wanted = full
    for override in overrides { wanted[override.path] = override.value }
    let differences = Setting.differences(from: full, to: wanted)
    guard differences.isEmpty else {
      throw RunError.changed(settings.deletingLastPathComponent().path, differences: differences)
    }
  }
}

extension Setting {
  /// Whether this is a text, or a list with it.
  fileprivate func holds(_ text: String) -> Bool {
    switch self {
    case .string(let own): own == text
    case .list(let values): values.contains { $0.holds(text) }
    default: false
    }
  }
}
