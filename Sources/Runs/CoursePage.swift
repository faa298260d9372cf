import Basics
import Figures
import Foundation
import Learning
import Notebooks
import Palimpsest
import Plots
import Terminal

/// The page of a course, `NAME.html`: how it stands, its exams, and its curves. One file that needs no other.
struct CoursePage {
  private let title: String
  private let records: [RoundRecord]
  private let stages: [(name: String, rounds: Int)]
  private let pace: Pace.Stretch

  /// - Parameters:
  ///   - stages: all of the course, with the most rounds of each.
  ///   - pace: of all processes so far.
  init(_ title: String, _ records: [RoundRecord], of stages: [(name: String, rounds: Int)], pace: Pace.Stretch) {
    self.title = title
    self.records = records
    self.stages = stages
    self.pace = pace
  }

  /// Draws the curves into a folder, and writes the page with the pictures in it.
  ///
  /// - Throws: `FigureError.unwritable`, `RunError.unwritable`.
  func write(to file: URL, figures folder: URL) async throws {
    var (pictures, lines): ([String: Data], [String]) = ([:], [text])
    let figures = figures
    for (figure, drawn) in zip(figures, try await FigureFolder(folder, formats: [.svg]).draw(figures)) {
      guard let picture = drawn.pictures.first else { continue }
      pictures["\(drawn.name).svg"] = try Data(contentsOf: picture)
      lines.append("![\(figure.caption)](\(drawn.name).svg)\n\n\(figure.caption)")
    }
    let page = HTMLPage(markdown: lines.joined(separator: "\n\n") + "\n", pictures: pictures, title: title)
    try WholeFile.write(page.text, to: file)
  }

  /// The page without its pictures, in Markdown.
  var text: String {
    var blocks = ["# \(Self.plain(title))"]
    var rows = ["| stage | rounds | steps | last loss or reward |", "|---|---|---|---|"]
    for stage in stages {
      let last = records.last { $0.stage == stage.name }
      let value =
        last.flatMap {
          $0.values["reward"].map { "reward \(Self.digits($0))" } ?? $0.values["loss"].map { "loss \(Self.digits($0))" }
        }
      rows.append(
        "| \(Self.plain(stage.name)) | \(last?.round ?? 0) of \(stage.rounds) | \(last?.step ?? 0) | \(value ?? "") |")
    }
    blocks.append(rows.joined(separator: "\n"))
    let exams = records.filter { !($0.exam ?? []).isEmpty }
    if !exams.isEmpty {
      var rows = ["| stage | round | exam | score | 95 % | n |", "|---|---|---|---|---|---|"]
      // The newest are what one looks for.
      for record in exams.suffix(12).reversed() {
        for score in record.exam ?? [] {
          let interval = score.score.range.map { "\(Self.digits($0.lowerBound))–\(Self.digits($0.upperBound))" } ?? ""
          rows.append(
            "| \(Self.plain(record.stage)) | \(record.round) | \(Self.plain(score.name)) | "
              + "\(Self.digits(score.score.value)) | \(interval) | \(score.score.n) |")
        }
      }
      blocks += ["## Exams", rows.joined(separator: "\n")]
    }
    if let times = pace.times {
      let sampled = Double(times.sampled) / max(times.making, 1e-9)
      let trained = Double(times.trained) / max(times.learning, 1e-9)
      blocks += [
        "## Speed",
        "\(Int(pace.seconds)) s by the clock, \(Int(pace.processorSeconds)) s of processor time: \(Int(times.making)) s of "
          + "rollouts and batches, \(Int(times.learning)) s of learning, \(Int(times.examining)) s of exams. "
          + "\(Int(sampled)) tokens a second were drawn in rollouts, \(Int(trained)) a second learned from.",
      ]
    }
    blocks.append("## Curves")
    return blocks.joined(separator: "\n\n")
  }

  /// The curves; rounds of all stages stand one behind the other.
  var figures: [Figure] {
    func curve(
      _ name: String, _ caption: String, _ title: String, _ keys: [(label: String, key: String)]
    ) -> Figure? {
      let series = keys.compactMap { label, key in
        // The loss of a rule is no loss of predictions.
        let points = points { key == "loss" && $0.values["reward"] != nil ? nil : $0.values[key] }
        return points.isEmpty ? nil : Chart.Series(label, points)
      }
      guard !series.isEmpty else { return nil }
      return Chart(x: .init("rounds"), y: .init(title), series: series).figure(named: name, caption)
    }
    let scores = Set(records.flatMap { ($0.exam ?? []).map(\.name) }).sorted { chunks(of: $0) < chunks(of: $1) }
    let exams = scores.map { name in
      Chart.Series(
        name,
        records.enumerated().compactMap { index, record in
          record.exam?.first { $0.name == name }.map {
            Chart.Point(Double(index + 1), $0.score.value, $0.score.range)
          }
        }, as: .lineWithBand)
    }
    let measures = Set(records.flatMap(\.values.keys)).filter { $0.hasPrefix("rollout.") }.sorted()
    let shares = measures.filter { name in records.allSatisfy { (-1...1).contains($0.values[name] ?? 0) } }
    func labelled(_ names: [String]) -> [(String, String)] {
      names.map { (String($0.dropFirst("rollout.".count)), $0) }
    }
    return [
      exams.isEmpty
        ? nil
        : Chart(x: .init("rounds"), y: .init("score", range: 0...1), series: exams)
          .figure(named: "exams", "Scores on fixed items, with 95 % intervals."),
      curve("reward", "Mean reward of all rollouts of a round.", "reward", [("reward", "reward")]),
      curve("loss", "Loss where sequences are imitated.", "nats per token", [("loss", "loss")]),
      curve(
        "readings", "What lessons keep, as moving means.", "share",
        [("found", "found"), ("absent", "absent"), ("exact", "exact")]),
      curve("parts", "Parts of the reward, and shares of rollouts.", "mean", labelled(shares)),
      curve(
        "sizes", "Tokens of the last page, and other sizes.", "mean",
        labelled(measures.filter { !shares.contains($0) }) + [("tokens of a reply", "reply")]),
      curve(
        "clipped", "Shares of tokens whose ratio was clipped.", "share",
        [("high", "clipped.high"), ("low", "clipped.low"), ("dual", "clipped.dual")]),
      curve(
        "distance", "Entropy of the policy, and its distance from the reference (KL) and from the rollouts.", "nats",
        [("entropy", "entropy"), ("KL", "divergence"), ("drift", "drift")]),
      curve(
        "groups", "Groups that were read, and those with a signal.", "groups",
        [("read", "groups"), ("with a signal", "kept")]),
      curve("norm", "Norm of the gradients before clipping, the largest of a round.", "norm", [("norm", "norm")]),
    ].compactMap(\.self)
  }

  private func chunks(of exam: String) -> Int {
    records.lazy.compactMap { $0.exam?.first { $0.name == exam }?.chunks }.first ?? 0
  }

  /// A number over rounds, averaged over stretches.
  private func points(_ value: (RoundRecord) -> Double?) -> [Chart.Point] {
    let found = records.enumerated().compactMap { index, record in value(record).map { (Double(index + 1), $0) } }
    let stretch = max(1, found.count / 200)
    return stride(from: 0, to: found.count, by: stretch).map { start in
      let part = found[start..<min(start + stretch, found.count)]
      let count = Double(part.count)
      return Chart.Point(part.reduce(0) { $0 + $1.0 } / count, part.reduce(0) { $0 + $1.1 } / count)
    }
  }

  private static func digits(_ value: Double) -> String { String(format: "%.3f", value) }

  /// Text that is no Markdown.
  private static func plain(_ text: String) -> String {
    text.map { $0.isLetter || $0.isNumber || " .,·-=".contains($0) ? String($0) : $0.isASCII ? "\\\($0)" : " " }
      .joined()
  }
}
