import Foundation
import Palimpsest
import Runs
import Statistics
import Support
import Testing

/// A folder as a complete run leaves it, as far as comparisons look at it.
private func folder(_ name: String, in scratch: Scratch, _ lines: [String], isComplete: Bool = true) throws -> URL {
  let folder = scratch.file(name)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.appending(path: "verdicts.jsonl"))
  if isComplete { try Data("{}".utf8).write(to: folder.appending(path: "summary.json")) }
  return folder
}

private func line(_ id: String, _ score: Double, metric: String = "em", end: String = "finished") -> String {
  """
  {"id":"\(id)","cluster":"\(id)","end":"\(end)","scores":{"\(metric)":\(score)},"notes":{},"retried":false,"steps":1,\
  "updates":1,"malformed":0,"tokensRead":1,"tokensGenerated":1,"memoryTokens":1,"memoryBytes":1,"seconds":0.1}
  """
}

@Suite struct `Runs side by side` {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `are compared with the first on common questions, corrected over all rows`() throws {
    // Of ten common questions the second run gets eight more right, the third one more.
    let ids = (0..<10).map { "q\($0)" }
    let first = try folder("a", in: scratch, ids.map { line($0, 0) } + [line("only", 1)])
    let second = try folder("b", in: scratch, ids.enumerated().map { line($1, $0 < 8 ? 1 : 0) })
    let third = try folder("c", in: scratch, ids.enumerated().map { line($1, $0 < 1 ? 1 : 0) })
    let comparison = try RunComparison(of: [first, second, third].map { try RunScores(of: $0) })
    #expect(comparison.first == "a" && comparison.rows.map(\.run) == ["b", "c"])
    #expect(comparison.rows.allSatisfy { $0.paired.n == 10 && $0.paired.onlyThere == 1 })
    // 2 / 2^8 and 1; Holm doubles the smaller one.
    #expect(comparison.rows.map(\.paired.p) == [2.0 / 256, 1] && comparison.rows.map(\.holm) == [4.0 / 256, 1])
    let table = comparison.table
    #expect(table.rows.count == 2 && table.columns.contains("p (Holm)") && table.columns.contains("failed"))
    #expect(comparison.note?.hasPrefix("10 pairs, ") == true)
  }

  @Test func `count a failed question as 0 whatever its line says`() throws {
    let first = try folder("a", in: scratch, [line("q", 1), line("r", 1)])
    let second = try folder("b", in: scratch, [line("q", 1, end: "failed"), line("r", 1)])
    let paired = try RunComparison(of: [RunScores(of: first), RunScores(of: second)]).rows[0].paired
    #expect(paired.failed == 1 && paired.mean.value == 0.5 && paired.worse == 1)
  }

  @Test func `without a common question show no mean and no probability`() throws {
    let first = try folder("a", in: scratch, [line("q", 1)])
    let second = try folder("b", in: scratch, [line("r", 1)])
    let comparison = try RunComparison(of: [RunScores(of: first), RunScores(of: second)])
    #expect(comparison.rows[0].paired.n == 0 && comparison.rows[0].holm == nil && comparison.note == nil)
    #expect(comparison.table.rows[0].count { $0 == .missing } == 6)
  }

  @Test func `name an unknown metric and the nearest one`() throws {
    let first = try RunScores(of: folder("a", in: scratch, [line("q", 1)]))
    #expect(complaint { try RunComparison(of: [first, first], metrics: ["en"]) }?.contains("em") == true)
  }

  @Test(arguments: [
    ("nothing", [], "no verdicts"), ("twice", [line("q", 1), line("q", 0)], "q stands there twice"),
    ("torn", [line("q", 1), String(line("r", 1).dropLast(9))], "line 2 is not a verdict"),
    ("other", ["[]"], "line 1 is not a verdict"), ("bytes", ["\u{0}\u{1}"], "line 1 is not a verdict"),
    ("number", [line("q", 1).replacing(":1,", with: ":1e999,")], "line 1 is not a verdict"),
  ])
  func `refuse files that are no verdicts`(_ name: String, _ lines: [String], _ wanted: String) throws {
    let place = lines.isEmpty ? scratch.file(name) : try folder(name, in: scratch, lines)
    let complaint = complaint { try RunScores(of: place) }
    #expect(
      complaint?.contains(wanted) == true || (lines.isEmpty && complaint?.contains("verdicts.jsonl") == true),
      "\(complaint ?? "none")")
  }

  @Test func `refuse a run that is not complete, and say how to continue it`() throws {
    let place = try folder("half", in: scratch, [line("q", 1)], isComplete: false)
    #expect(complaint { try RunScores(of: place) }?.contains("palimpsest resume") == true)
    #expect(!RunScores.stand(in: place))
  }

  private func published(_ name: String, _ lines: [String], _ yaml: String) throws -> (folder: URL, name: String) {
    let place = try folder(name, in: scratch, lines)
    try Data(yaml.utf8).write(to: place.appending(path: "settings.yaml"))
    return (place, name)
  }

  @Test func `stand beside what a paper prints, with every setting that is not the paper's`() throws {
    let theirs = """
      task: {kind: qa, documents: 50, order: memagent}
      chunker: {kind: tokens, size: 5000, overlap: 0}
      memory: {kind: overwrite, tokens: 1024}
      policy: {kind: remote, temperature: 0.7, topP: 0.95}
      prompts: memagent.yaml
      metrics: [{kind: subem, compat: memagent, extract: sentence}]
      """
    // 96 of 128 right; two failed, which upstream leaves out.
    let dropped = line("q0", 0, metric: "subem", end: "failed").replacing(
      #""notes":{}"#, with: #""notes":{"subem":"empty reply: upstream drops it from the denominator"}"#)
    let lines =
      [dropped, dropped.replacing("q0", with: "q1")]
      + (2..<128).map { line("q\($0)", $0 < 98 ? 1 : 0, metric: "subem") }
    let other = theirs.replacing("5000", with: "1024").replacing(
      "prompts: memagent.yaml", with: "tokenizer: {kind: words}"
    )
    .replacing("documents: 50", with: "documents: 60").replacing(", extract: sentence", with: "")
    let comparison = try PublishedComparison(
      of: [published("same", lines, theirs), published("other", [line("q", 1, metric: "subem")], other)],
      beside: .named("RL-MemAgent-7B"))
    let row = comparison.rows[0]
    #expect(row.differences.isEmpty && row.share == .share(96, of: 128) && row.counted == .share(96, of: 126))
    // 82.03 % of 128 questions are 105.
    #expect(row.published == .share(105, of: 128))
    #expect(row.difference == .difference(of: .share(96, of: 126), from: .share(105, of: 128)))
    let words = comparison.rows[1].differences.joined(separator: "\n")
    for word in [
      "chunker.size is 1024, theirs 5000", "1 questions, theirs 128", "tokenizer.kind", "prompts", "subem.extract",
    ] { #expect(words.contains(word), "\(words)") }
    #expect(comparison.rows[1].published == nil && comparison.rows[1].difference == nil)
    #expect(comparison.table.rows.count == 2)
    #expect(complaint { try PublishedScores.named("RL-MemAgent-8B") }?.contains("RL-MemAgent-7B") == true)
    for (yaml, lines, word) in [
      ("task: {kind: needle}", lines, "task qa"), (theirs, [line("q", 1)], "no metric subem"),
    ] {
      let run = try published("wrong-\(word.count)", lines, yaml)
      #expect(
        complaint { try PublishedComparison(of: [run], beside: .named("RL-MemAgent-7B")) }?.contains(word) == true)
    }
  }
}
