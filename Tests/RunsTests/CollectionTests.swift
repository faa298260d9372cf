import Foundation
import Palimpsest
import Runs
import Settings
import Support
import Tables
import Terminal
import Testing

@Suite struct `A collection of runs` {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Writes files of a run's folder.
  private func run(_ path: String, _ files: [String: String]) throws {
    let folder = scratch.file(path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
  }

  private func complete(_ path: String, tokens: Int, n: Int, failed: Int, ablation: String? = nil) throws {
    let em = try JSONEncoder().encode(Interval.share(n - failed, of: n))
    let means = [
      "steps", "updates", "malformed", "memoryTokens", "memoryBytes", "exited", "busySeconds", "wallSeconds",
    ]
    let summary = """
      {"n": \(n), "failed": \(failed), "retried": 0, "metrics": {"em": \(String(decoding: em, as: UTF8.self))},
      \(means.map { "\"\($0)\": 1.5" }.joined(separator: ", ")), "tokensRead": \(10 * tokens), "tokensGenerated": 0}
      """
    let env = ablation.map { ", \"ablation\": \"\($0)\"" } ?? ""
    try run(
      path,
      [
        "settings.yaml": "memory:\n  kind: overwrite\n  tokens: \(tokens)\nseed: 1\n",
        "summary.json": summary,
        "env.json": "{\"experiment\": \"eval-qa\"\(env)}",
      ])
  }

  @Test func `has a row per complete run, with n and failed, and what differs`() throws {
    try complete("runs/eval-qa/a", tokens: 64, n: 4, failed: 1)
    try complete("runs/eval-qa/b", tokens: 128, n: 8, failed: 0, ablation: "large")
    let collection = try RunCollection([scratch.file("runs").path])
    #expect(collection.skipped.isEmpty && collection.skippedWords == nil)
    let table = try collection.table()
    #expect(Array(table.columns.prefix(5)) == ["ablation", "memory.tokens", "n", "failed", "em"])
    #expect(table.columns.last == "run")
    #expect(table.rows[0][1...3] == [.number(64), .number(4), .number(1)])
    #expect(table.rows[1][0...3] == [.text("large"), .number(128), .number(8), .number(0)])
    #expect(table.rows[0][4] == .interval(.share(3, of: 4)))
    // Named folders come in their order, and no run comes twice.
    let places = ["runs/eval-qa/b", "runs/eval-qa"].map { scratch.file($0).path }
    #expect(try RunCollection(places).rows.map(\.ablation) == ["large", nil])
    let chosen = try collection.table(["tokensRead", "memory.kind", "n"])
    #expect(Set(chosen.columns) == ["tokensRead", "memory.kind", "n", "failed", "run"])
    #expect(complaint { try collection.table(["memory.tokns"]) }?.contains("did you mean memory.tokens?") == true)
  }

  @Test func `names what is foreign, damaged or not complete, and counts it by kind`() throws {
    try complete("runs/eval-qa/good", tokens: 64, n: 4, failed: 0)
    try complete("runs/eval-qa/torn", tokens: 64, n: 4, failed: 0)
    try run("runs/eval-qa/torn", ["summary.json": "{\"n\": 4, "])
    try complete("runs/eval-qa/wild", tokens: 64, n: 4, failed: 0)
    try run("runs/eval-qa/wild", ["settings.yaml": "memory: {kind: [\n"])
    try run("runs/eval-qa/bare", ["summary.json": "{}"])
    let end = #"{"event":"end","id":"q"}"#
    try run(
      "runs/eval-qa/half",
      ["settings.yaml": "seed: 1\n", "env.json": "{}", "traces.jsonl": "{}\n\(end)\n\(end)\n{\"event\""])
    try run("runs/eval-qa/learned", ["settings.yaml": "seed: 1\n", "env.json": "{}", "marks.jsonl": "{}\n"])
    try run("runs/photographs/2024", ["cat.png": "?"])
    try run("runs/sweep-x/points", ["good.yaml": "seed: 1\n"])
    try run("runs/sweep-x", ["sweep.json": "{}"])
    let collection = try RunCollection([scratch.file("runs").path])
    #expect(collection.rows.map { URL(filePath: $0.run).lastPathComponent } == ["good"])
    let kinds = collection.skipped.reduce(into: [String: RunCollection.Skipped.Kind]()) {
      $0[URL(filePath: $1.folder).lastPathComponent] = $1.kind
    }
    #expect(
      kinds == [
        "torn": .damaged, "wild": .damaged, "bare": .damaged, "half": .incomplete, "learned": .training,
        "2024": .foreign,
      ])
    #expect(collection.skipped.first { $0.kind == .incomplete }?.reason.contains("2 questions through") == true)
    #expect(collection.skippedWords?.hasPrefix("6 folders skipped: 3 damaged, 1 foreign, 1 not complete") == true)
    #expect(throws: RunError.self) { try RunCollection([scratch.file("nowhere").path]) }
  }
}
