import Dispatch
import Foundation
import Palimpsest
import Settings
import Synchronization
import Tables
import Terminal

/// Complete runs of any number of folders, gathered into one table. Everything is read from the runs themselves:
/// there is no index that could be out of date.
public struct RunCollection: Sendable {
  /// One run.
  public struct Row: Sendable {
    /// Its folder, as it was found.
    public var run: String
    /// What was run: an experiment, `eval-TASK`, `read`.
    public var experiment: String
    /// The name that `ablations:` gave it.
    public var ablation: String?
    /// Every setting by its dotted path.
    public var settings: [String: Setting]
    /// Its results.
    public var summary: Summary
  }

  /// A folder that gives no row.
  public struct Skipped: Sendable, Hashable {
    /// Why.
    public enum Kind: String, Sendable, CaseIterable {
      case damaged, foreign
      case incomplete = "not complete"
      case training = "of a training, which judges no questions"
    }
    /// The folder.
    public var folder: String
    /// Why it gives no row.
    public var kind: Kind
    /// What is wrong, in a sentence.
    public var reason: String
  }

  /// In the order of the paths, of a folder by name.
  public let rows: [Row]
  /// In the same order.
  public let skipped: [Skipped]

  /// Reads runs on all cores.
  ///
  /// - Parameter paths: folders of runs, or folders that hold such, up to three levels down.
  /// - Throws: `RunError.unreadable` for a path that does not exist.
  public init(_ paths: [String]) throws {
    var places: [Place] = []
    for path in paths {
      guard FileManager.default.fileExists(atPath: path) else {
        throw RunError.unreadable(path, reason: "there is no such folder")
      }
      places += Self.places(in: path, levels: 3, isNamed: true)
    }
    var seen: Set<String> = []
    places = places.filter { seen.insert($0.folder).inserted }
    let results = Mutex([Result<Row, Reason>?](repeating: nil, count: places.count))
    let (found, stride) = (places, 64)
    DispatchQueue.concurrentPerform(iterations: (found.count + stride - 1) / stride) { block in
      let range = block * stride..<min(found.count, (block + 1) * stride)
      let read = range.map { Self.read(found[$0]) }
      results.withLock { $0.replaceSubrange(range, with: read) }
    }
    var (rows, skipped): ([Row], [Skipped]) = ([], [])
    for (place, result) in zip(places, results.withLock { $0 }) {
      switch result {
      case .success(let row)?: rows.append(row)
      case .failure(let reason)?:
        skipped.append(Skipped(folder: place.folder, kind: reason.kind, reason: reason.words))
      case nil: break
      }
    }
    (self.rows, self.skipped) = (rows, skipped)
  }

  private struct Place: Sendable {
    var folder: String
    /// Nil for the folder of a run.
    var reason: Reason?
  }

  private struct Reason: Error {
    var kind: Skipped.Kind
    var words: String
  }

  /// Folders that runs and sweeps make for themselves.
  private static let own: Set = ["figures", "points", "slurm", "model"]

  /// - Returns: the runs in a folder, and what of it is none.
  private static func places(in folder: String, levels: Int, isNamed: Bool = false) -> [Place] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = Set(names)
    if files.contains("settings.yaml") { return [Place(folder: folder)] }
    let marks = ["summary.json", "verdicts.jsonl", "traces.jsonl", "env.json"].filter(files.contains)
    if let mark = marks.first {
      return [Place(folder: folder, reason: Reason(kind: .damaged, words: "it has \(mark) and no settings.yaml"))]
    }
    var places: [Place] = []
    if levels > 0 {
      for name in names.sorted() where !name.hasPrefix(".") && !own.contains(name) {
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        if isFolder(path) { places += Self.places(in: path, levels: levels - 1) }
      }
    }
    // The folder of a sweep has tables alone; its runs stand beside it.
    guard places.isEmpty, !files.contains("sweep.json") else { return places }
    return [Place(folder: folder, reason: Reason(kind: .foreign, words: "there is no run in it"))]
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private struct Environment: Decodable {
    var experiment: String
    var ablation: String?
  }

  private static func read(_ place: Place) -> Result<Row, Reason> {
    if let reason = place.reason { return .failure(reason) }
    guard let data = FileManager.default.contents(atPath: place.folder + "/summary.json") else {
      let standing = RunStanding(of: URL(filePath: place.folder))
      guard !standing.isComplete else {
        return .failure(Reason(kind: .training, words: "it is a training, whose curves stand in its own folder"))
      }
      return .failure(
        Reason(
          kind: .incomplete, words: "it is \(standing.words); continue it: palimpsest resume \(place.folder)"))
    }
    let summary: Summary
    do { summary = try JSONDecoder().decode(Summary.self, from: data) } catch {
      return .failure(Reason(kind: .damaged, words: "summary.json does not hold the results of a run"))
    }
    let environment: Environment
    do {
      environment = try JSONDecoder().decode(
        Environment.self, from: Data(contentsOf: URL(filePath: place.folder + "/env.json")))
    } catch { return .failure(Reason(kind: .damaged, words: "env.json does not say what was run")) }
    do {
      let settings = try YAML.read(settingsOfRun: place.folder + "/settings.yaml")
      return .success(
        Row(
          run: place.folder, experiment: environment.experiment, ablation: environment.ablation,
          settings: settings.leaves, summary: summary))
    } catch { return .failure(Reason(kind: .damaged, words: "settings.yaml holds no settings: \(error)")) }
  }
}

extension RunCollection {
  /// What a table has without being asked: the experiment and the ablation where runs differ in them, the settings in
  /// which runs differ, the scores, and what the readings cost.
  public var customaryColumns: [String] {
    var varied: [String] = []
    if let first = rows.first {
      let keys = Set(rows.flatMap(\.settings.keys))
      varied = keys.filter { key in rows.contains { $0.settings[key] != first.settings[key] } }.sorted()
    }
    return (Set(rows.map(\.experiment)).count > 1 ? ["experiment"] : [])
      + (rows.contains { $0.ablation != nil } ? ["ablation"] : []) + varied
      + Set(rows.flatMap(\.summary.metrics.keys)).sorted()
      + (rows.contains { $0.summary.memoryHolds != nil } ? ["memoryHolds"] : [])
      + ["steps", "memoryTokens", "tokensRead", "tokensGenerated", "busySeconds", "wallSeconds"]
  }

  /// A row per run.
  ///
  /// - Parameter columns: settings, metrics and counts of the summary; `n`, `failed` and `run` are always there.
  /// - Throws: `SettingError.unknownKind` for a column that no run has.
  public func table(_ columns: [String]? = nil) throws -> Table {
    let counted = rows.map { row -> [String: Setting] in
      guard case .table(let table)? = try? Setting(describing: row.summary) else { return [:] }
      return table
    }
    let asked = (columns ?? customaryColumns).reduce(into: [String]()) { known, column in
      if !known.contains(column), column != "run" { known.append(column) }
    }
    if columns != nil {
      let known = Set(rows.flatMap(\.settings.keys)).union(rows.flatMap(\.summary.metrics.keys))
        .union(counted.flatMap(\.keys)).union(["experiment", "ablation", "run"])
      for column in asked where !known.contains(column) {
        throw SettingError.unknownKind(
          of: "column", column, nearest: nearest(to: column, among: known.sorted()), known: known.sorted())
      }
    }
    let always = ["n", "failed"].filter { !asked.contains($0) }
    let lead = asked.prefix { Self.isIdentity($0) || rows.contains(where: Self.hasSetting($0)) }
    let order = Array(lead) + always + asked.dropFirst(lead.count)
    var table = Table(order + ["run"])
    for (row, counted) in zip(rows, counted) {
      table.add(
        order.map { column -> Table.Cell in
          switch column {
          case "experiment": return .text(row.experiment)
          case "ablation": return row.ablation.map { .text($0) } ?? .missing
          case "memoryHolds": return row.summary.memoryHolds.map { .interval($0) } ?? .missing
          default:
            if let metric = row.summary.metrics[column] { return .interval(metric) }
            return Table.Cell(row.settings[column] ?? counted[column] ?? .null)
          }
        } + [.text(row.run)])
    }
    return table
  }

  private static func isIdentity(_ column: String) -> Bool { ["experiment", "ablation"].contains(column) }

  private static func hasSetting(_ column: String) -> (Row) -> Bool { { $0.settings[column] != nil } }

  /// How many folders give no row, by kind; nil where there are none.
  public var skippedWords: String? {
    guard !skipped.isEmpty else { return nil }
    let kinds = Skipped.Kind.allCases.compactMap { kind -> String? in
      let count = skipped.count { $0.kind == kind }
      return count > 0 ? "\(count) \(kind.rawValue)" : nil
    }
    return "\(skipped.count) folder\(skipped.count == 1 ? "" : "s") skipped: \(kinds.joined(separator: ", "))"
  }
}
