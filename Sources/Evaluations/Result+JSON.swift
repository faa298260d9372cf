import Analyzers
import Palimpsest
import Settings
import Statistics
import Tables

extension Evaluation.Result {
  /// One object per arm, each metric under its own name.
  public var settings: Setting {
    var object: [String: Setting] = [
      "arm": .string(arm.name), "control": .bool(arm.isControl),
      "task": .string(arm.point.settings.task.kind), "n": .int(summary.n), "failed": .int(summary.failed),
      "retried": .int(summary.retried), "memoryHolds": summary.memoryHolds.map { .number($0.value) } ?? .null,
      "memoryHoldsInterval": summary.memoryHolds.map(Setting.init) ?? .null,
      "memoryUnseen": .int(summary.memoryUnseen ?? 0),
      "steps": .number(summary.steps), "updates": .number(summary.updates), "malformed": .number(summary.malformed),
      "exited": .number(summary.exited), "memoryTokens": .number(summary.memoryTokens),
      "memoryBytes": .number(summary.memoryBytes), "tokensRead": .int(summary.tokensRead),
      "tokensGenerated": .int(summary.tokensGenerated),
      "answerTokensRead": summary.answerTokensRead.map(Setting.int) ?? .null,
      "answerTokensGenerated": summary.answerTokensGenerated.map(Setting.int) ?? .null,
      "busySeconds": .number(summary.busySeconds),
      "wallSeconds": .number(summary.wallSeconds),
      "run": .string(run.place.path),
    ]
    if let ablation = arm.point.ablation { object["ablation"] = .string(ablation) }
    for (metric, interval) in summary.metrics { object[metric] = Setting(interval) }
    if let comparison {
      object["comparison"] = .table([
        "run": .string(comparison.run.path), "differences": .table(comparison.differences.mapValues(Setting.init)),
        "p": .table(comparison.pairs.mapValues { $0.p.map(Setting.number) ?? .null }),
      ])
    }
    return .table(object)
  }
}

extension Setting {
  init(_ interval: Interval) {
    self = .table([
      "value": .number(interval.value), "low": interval.low.map(Setting.number) ?? .null,
      "high": interval.high.map(Setting.number) ?? .null, "n": .int(interval.n), "clusters": .int(interval.clusters),
    ])
  }
}

extension Evaluation {
  /// A row per arm: what it is, what it scored, how that differs from another arm on the same questions, what it cost.
  ///
  /// `memoryUnseen` counts the questions whose memory does not show what it holds; the column is there where there
  /// are such. `compared with` is the row of that other arm; its `p` is corrected by Holm over the whole table. Where there are fewer than two clusters of questions, a score has no
  /// interval.
  public static func table(_ results: [Result]) -> Table {
    let metrics = Set(results.flatMap { $0.summary.metrics.keys }).sorted()
    let compared = Set(results.flatMap { $0.comparison.map { Array($0.differences.keys) } ?? [] }).sorted()
    let corrected = correctedProbabilities(results)
    let varied = self.varied(results)
    let hasUnseen = results.contains { $0.summary.memoryUnseen != nil }
    let isNamed = results.contains { $0.arm.point.ablation != nil }
    var table = Table(
      (isNamed ? ["ablation"] : []) + ["arm"] + varied + ["n", "failed", "retried"] + metrics
        + (compared.isEmpty ? [] : ["compared with"] + compared.flatMap { ["\($0) difference", "\($0) p (Holm)"] })
        + ["memoryHolds"] + (hasUnseen ? ["memoryUnseen"] : [])
        + ["steps", "memoryTokens", "tokensRead", "tokensGenerated", "busySeconds", "wallSeconds"])
    for (index, result) in results.enumerated() {
      let summary = result.summary
      let settings = varied.map { Table.Cell(result.arm.point.full[$0] ?? .null) }
      let scores = metrics.map { summary.metrics[$0].map { Table.Cell.interval($0) } ?? .missing }
      let differences: [Table.Cell] =
        compared.isEmpty
        ? []
        : [result.comparison.map { .text("row \($0.row)") } ?? .missing]
          + compared.flatMap { metric -> [Table.Cell] in
            [
              result.comparison?.differences[metric].map { .interval($0) } ?? .missing,
              corrected[index][metric].map { .number($0) } ?? .missing,
            ]
          }
      table.add(
        (isNamed ? [result.arm.point.ablation.map { .text($0) } ?? .missing] : []) + [.text(result.arm.name)] + settings
          + [.int(summary.n), .int(summary.failed), .int(summary.retried)] + scores
          + differences
          + [summary.memoryHolds.map { .interval($0) } ?? .missing]
          + (hasUnseen ? [.int(summary.memoryUnseen ?? 0)] : [])
          + [
            .number(summary.steps), .number(summary.memoryTokens), .int(summary.tokensRead),
            .int(summary.tokensGenerated),
            .number(summary.busySeconds), .number(summary.wallSeconds),
          ])
    }
    return table
  }

  /// Why answers were wrong: a row per reader, with the share of each cause among the questions that were not right, and
  /// a row per such question. Nil where nothing is known of any reader.
  public static func causes(_ results: [Result]) -> (arms: Table, cases: Table)? {
    let known = results.compactMap { result in result.causes.map { (arm: result.arm.name, finding: $0) } }
    guard !known.isEmpty else { return nil }
    let causes = FailureCauses.Cause.allCases.filter { cause in
      known.contains { $0.finding.causes[cause.rawValue] != nil }
    }
    var arms = Table(
      ["arm", "n", "failed", "right"] + causes.map(\.words) + ["paraphrased", "right without the facts"])
    var cases = Table(["arm", "question", "cause", "chunk", "fact", "reply", "score"])
    for (arm, finding) in known {
      arms.add(
        [.text(arm), .int(finding.n), .int(finding.failed), .interval(finding.right)]
          + causes.map { finding.causes[$0.rawValue].map { .interval($0) } ?? .missing }
          + [.int(finding.paraphrased), .int(finding.rightWithoutFacts)])
      for item in finding.cases {
        cases.add([
          .text(arm), .text(item.question), .text(item.cause.words), item.chunk.map { .int($0) } ?? .missing,
          .text(item.fact), .text(item.reply), .number(item.score),
        ])
      }
    }
    return (arms, cases)
  }

  /// The probability of every comparison, by result and metric, corrected by Holm over all of them.
  private static func correctedProbabilities(_ results: [Result]) -> [[String: Double]] {
    let tests = results.indices.flatMap { index in
      (results[index].comparison?.pairs ?? [:]).sorted { $0.key < $1.key }.compactMap { metric, pair in
        pair.p.map { (index: index, metric: metric, p: $0) }
      }
    }
    var corrected = [[String: Double]](repeating: [:], count: results.count)
    for (test, p) in zip(tests, Correction.holm(tests.map(\.p))) { corrected[test.index][test.metric] = p }
    return corrected
  }

  /// The settings in which readers differ from each other, controls aside. What only one kind of part
  /// has at all is told by the kind.
  private static func varied(_ results: [Result]) -> [String] {
    let leaves = results.filter { !$0.arm.isControl }.map(\.arm.point.full.leaves)
    let keys = Set(leaves.flatMap(\.keys)).filter { key in Set(leaves.compactMap { $0[key] }).count > 1 }
    return keys.filter { $0 != "memory.kind" }.sorted()
  }
}
