import Basics
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// The folder of a sweep: what it was made of, and how each of its points ended.
///
///     sweep.json         the configuration as given, and every point with its settings
///     points/RUN.yaml    the settings of a point, which its process is given
///     points/RUN.json    how that process ended, and the rows it printed
///     table.*            a row per point
///     comparison.*       the points beside the first one
///     slurm/             the script of an array job, and what its tasks said
struct SweepFolder: Sendable {
  let name: String
  let place: URL
  private let given: Given

  /// What was asked for, as it was written.
  private struct Given: Codable, Sendable {
    var file: Setting
    /// By path; later ones have replaced earlier ones.
    var set: [String: Setting]
    var points: [RunPlace] = []
  }

  init(named name: String, in out: String, given: Setting, overrides: [Override]) {
    self.name = name
    place = URL(filePath: out).appending(path: "sweep-\(RunName.safe(name))")
    self.given = Given(
      file: given, set: Dictionary(overrides.map { ($0.path, $0.value) }, uniquingKeysWith: { $1 }))
  }

  /// A file that belongs to a point. A point is known by its run, so that a sweep may grow.
  func file(of point: RunPlace, _ ending: String) -> URL { place.appending(path: "points/\(point.name).\(ending)") }

  /// Writes down what the sweep is. One that stands here already may have grown: each of its points must be among these.
  ///
  /// - Throws: `RunError.changed` with the difference where a point is not there any more.
  func open(for points: [RunPlace]) throws {
    do {
      try FileManager.default.createDirectory(
        at: place.appending(path: "points"), withIntermediateDirectories: true)
    } catch {
      throw RunError.unwritable(place.path, reason: error.systemReason)
    }
    let file = place.appending(path: "sweep.json")
    if FileManager.default.fileExists(atPath: file.path) {
      let old: Given
      do { old = try JSONDecoder().decode(Given.self, from: Data(contentsOf: file)) } catch {
        throw RunError.unreadable(file.path, reason: "it does not say what the sweep was made of; remove it")
      }
      let known = Set(points.map(\.full))
      let gone = old.points.filter { !known.contains($0.full) }
      guard gone.isEmpty else { throw changed(old, gone) }
      guard old.points.count < points.count else { return }
    }
    var given = given
    given.points = points
    try WholeFile.write(given, asJSONTo: file)
  }

  private func changed(_ old: Given, _ gone: [RunPlace]) -> RunError {
    var differences = Setting.differences(from: old.file, to: given.file)
    for path in Set(old.set.keys).union(given.set.keys).sorted() where old.set[path] != given.set[path] {
      differences.append(
        "--set \(path): \(old.set[path]?.line ?? "not set") there, \(given.set[path]?.line ?? "not set") now")
    }
    differences += gone.prefix(8).map { "the point \($0.name) is not in it any more" }
    if gone.count > 8 { differences.append("nor are \(gone.count - 8) others") }
    return .changedSweep(place.relativePath, differences: differences)
  }

  /// How a point ended; nil where that is not known.
  func end(of point: RunPlace) -> Child.End? {
    guard let data = try? Data(contentsOf: file(of: point, "json")) else { return nil }
    // A file cut short by a full disk says nothing; the point is run again.
    return try? JSONDecoder().decode(Child.End.self, from: data)
  }

  func keep(_ end: Child.End, of point: RunPlace) throws {
    try WholeFile.write(end, asJSONTo: file(of: point, "json"))
  }

  /// From now on it is not known how a point ends.
  func forget(_ point: RunPlace) throws {
    let path = file(of: point, "json").path
    guard unlink(path) == 0 || errno == ENOENT else {
      throw RunError.unwritable(path, reason: String(cString: strerror(errno)))
    }
  }
}
