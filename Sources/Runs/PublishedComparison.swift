import Foundation
import Palimpsest
import Settings
import Statistics
import Tables
import Terminal

/// Runs beside what a paper prints, each with the settings in which it differs.
///
/// The paper's items are not known one by one, so shares are compared as of other questions. A run is counted twice: with
/// failed questions as 0, and as upstream counts, without them.
public struct PublishedComparison: Sendable {
  /// One run.
  public struct Row: Sendable {
    /// The run's name.
    public var run: String
    /// Documents of its texts.
    public var documents: Int
    /// Its share, failed questions included.
    public var share: Interval
    /// Its share without the questions that upstream leaves out.
    public var counted: Interval
    /// The paper's share at this length; nil where it prints none.
    public var published: Interval?
    /// Where the run's settings are not the paper's, one line each.
    public var differences: [String]

    /// How much higher the run scores, counted as upstream counts.
    public var difference: Interval? { published.map { .difference(of: counted, from: $0) } }
  }

  /// What the runs stand beside.
  public let published: PublishedScores
  /// In the order of the runs.
  public let rows: [Row]

  /// The metric that the papers print.
  public static let metric = "subem"

  /// - Parameter runs: folders of complete runs of the task `qa` with the metric `subem`.
  /// - Throws: `RunError.notARun` for other folders, and for runs of other tasks or metrics; errors of files.
  public init(of runs: [(folder: URL, name: String)], beside published: PublishedScores) throws {
    self.published = published
    rows = try runs.map { folder, name in
      let scores = try RunScores(of: folder, named: name)
      let settings = try YAML.read(file: folder.appending(path: "settings.yaml").path)
      guard settings["task.kind"] == "qa", case .int(let documents)? = settings["task.documents"], documents > 0 else {
        throw RunError.notARun(
          folder.relativePath,
          reason: "the published texts are of the task qa with task.documents of 50, 100, … 25600, and its task is "
            + "\(settings["task.kind"]?.line ?? "unknown") with \(settings["task.documents"]?.line ?? "no number of") documents"
        )
      }
      guard let own = scores.scores[Self.metric], own.n > 0 else {
        throw RunError.notARun(
          folder.relativePath,
          reason: "it has no metric \(Self.metric); evaluate it again with "
            + "--set 'metrics=[{kind: subem, compat: memagent, extract: sentence}]'")
      }
      return Row(
        run: name, documents: documents, share: Self.share(own), counted: Self.share(own.droppingEmptyReplies),
        published: published.share(documents: documents),
        differences: Self.differences(settings, questions: own.n, published))
    }
  }

  private static func share(_ scores: Scores) -> Interval {
    .share(scores.items.count { $0.score > 0.5 }, of: scores.n)
  }

  /// What upstream's evaluation sets, and where these settings do not.
  private static func differences(
    _ settings: Setting, questions: Int, _ published: PublishedScores
  ) -> [String] {
    let wanted: [(path: String, value: Setting)] = [
      ("task.order", "memagent"), ("chunker.kind", "tokens"), ("chunker.size", 5000), ("chunker.overlap", 0),
      ("memory.kind", "overwrite"), ("memory.tokens", 1024), ("policy.temperature", .number(0.7)),
      ("policy.topP", .number(0.95)),
    ]
    var lines = wanted.compactMap { path, value in
      settings[path] == value ? nil : "\(path) is \(settings[path]?.line ?? "not set"), theirs \(value.line)"
    }
    if questions != published.questions { lines.append("\(questions) questions, theirs \(published.questions)") }
    if let tokenizer = settings["tokenizer.kind"], ["words", "bytes"].contains(tokenizer) {
      lines.append("tokenizer.kind is \(tokenizer.line), theirs the model's own")
    }
    if (settings["prompts"] ?? .null) == .null {
      lines.append("prompts are this package's, theirs their own (--prompts)")
    }
    if let control = settings["control"], control != "", control != .null { lines.append("control is \(control.line)") }
    let metrics: [Setting] = if case .list(let metrics)? = settings["metrics"] { metrics } else { [] }
    let metric = metrics.first { $0["kind"] == .string(Self.metric) }
    for (key, value) in [("compat", "memagent"), ("extract", "sentence")] where metric?[key] != .string(value) {
      lines.append("\(Self.metric).\(key) is \(metric?[key]?.line ?? "its default"), theirs \(value)")
    }
    return lines
  }

  /// A row for each run.
  public var table: Table {
    var table = Table([
      "run", "documents", "n", "left out upstream", "share", "share as upstream counts", "published", "difference",
      "what differs",
    ])
    for row in rows {
      table.add([
        .text(row.run), .number(Double(row.documents)), .number(Double(row.share.n)),
        .number(Double(row.share.n - row.counted.n)), .interval(row.share), .interval(row.counted),
        row.published.map { .interval($0) } ?? .missing, row.difference.map { .interval($0) } ?? .missing,
        .text(row.differences.isEmpty ? "nothing that a setting shows" : row.differences.joined(separator: "; ")),
      ])
    }
    return table
  }
}
