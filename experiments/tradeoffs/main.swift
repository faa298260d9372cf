// # What does a memory lose by being small, and what does it save?
//
// ## Method
//
// Five things are varied at once, each with each: how the page is written (rewritten whole at every chunk, gated, or only
// appended to), which gate stands before it, how many tokens it holds, how long the text is, and whether the evidence
// stands in the first or the last fifth of it. The texts are `ledger`, whose facts are generated, and questions of HotpotQA
// (arXiv:1809.09600) and MuSiQue (arXiv:2108.00573), whose documents stand among the sentences of a book. Every arm reads
// the same questions, so that arms are compared question by question.
//
// An answer is right where the reply contains an accepted one. The answers to the documents are judged by F1 as well.
//
// Stated before the run, and judged below by these thresholds:
//
// 1. A page of 256 tokens is right more often than one of 64, over all other settings: the interval of the paired
//    difference lies above 0 for every corpus.
// 2. In a page of 64 tokens that is only appended to, late evidence is lost: on `ledger` of 16,384 tokens it is right less
//    often than the page that is rewritten, and the interval of the paired difference lies below 0.
// 3. On `ledger` with early evidence the gate that may stop reads at most half of the tokens that the other one reads, and
//    the interval of its paired difference in accuracy includes 0.
// 4. No arm that reads to the end is the cheapest on the front of accuracy and tokens.
// 5. Real questions are harder for rules than generated ones: at 256 tokens the best arm of each real corpus is below the
//    worst of `ledger`.
//
// Run: palimpsest sweep experiments/tradeoffs/tradeoffs.yaml --limit 16; palimpsest page tradeoffs -- --limit 16 (this page: `ledger`)

import PalimpsestKit

import class Foundation.FileManager

// ## What may vary
//
// Each property is a key of `tradeoffs.yaml` and of `--set`. `palimpsest sweep` runs the points in a pool of processes; this
// script reads those that are missing, and draws what all of them say.

struct Tradeoffs: Parts {
  /// Where the questions come from.
  enum Corpus: String, Choice { case ledger, hotpotqa, musique }

  var seed: UInt64 = 1
  var corpus = Corpus.ledger
  /// Length of a text.
  var tokens = 4096
  /// Where the evidence stands.
  var placement = Placement.uniform
  /// Questions of a point.
  var count = 32
  /// HotpotQA's file with distractors.
  var hotpotqa = ""
  /// MuSiQue's file of answerable questions.
  var musique = ""
  /// The book in which the documents stand.
  var hay = ""
  var chunker = Spec("tokens", ["size": 1024])
  var memory = Spec("overwrite", ["tokens": 256])
  var gate = Spec("replied")
  var policy = Spec("extractive")

  var task: Spec {
    let place = Setting.string(placement.rawValue)
    switch corpus {
    case .ledger: return Spec("ledger", ["tokens": .int(tokens), "count": .int(count), "placement": place])
    case .hotpotqa, .musique:
      return Spec(
        "qa",
        [
          "file": .string(corpus == .hotpotqa ? hotpotqa : musique), "limit": .int(count), "tokens": .int(tokens),
          "hay": .string(hay), "placement": place,
        ])
    }
  }

  var budget: Int { if case .int(let tokens)? = memory.settings["tokens"] { tokens } else { 0 } }
  var chunk: Int { if case .int(let size)? = chunker.settings["size"] { size } else { 0 } }
  /// What writes the page, and which gate stands before it.
  var writer: String { "\(memory.kind), \(gate.kind)" }
  var arm: String { "\(writer), \(budget)" }

  func check(_ full: Setting) throws {
    _ = try Reader(assembling: self)
    for (key, path) in [("hotpotqa", hotpotqa), ("musique", musique)] where corpus.rawValue == key {
      for (key, path) in [(key, path), ("hay", hay)] where !FileManager.default.fileExists(atPath: path) {
        throw SettingError.outOfRange(
          key, found: path.isEmpty ? "empty" : path,
          why: "it names the data set's own file, or the book; --set corpus=ledger needs neither")
      }
    }
    _ = try Catalog.tasks.make(task, for: self)
  }
}

let bench = try await Bench.open("tradeoffs", defaults: Tradeoffs())

// ## Reading

var scores: [String: Scores] = [:]
var used: [String: StreamingMean] = [:]
var fronts: [String: ParetoFront] = [:]
var byLength = Arms(AccuracyByLength())
var byBudget = Arms(AccuracyByBudget())
var byChunk = Arms(AccuracyByChunk(WordTokenizer()))
var maps: [String: DepthByLength] = [:]
var causes: [String: FailureCauses] = [:]
var survival = Arms(Survival())
var sizes = Arms(PageSize(WordTokenizer()))
var flow = Arms(OverwriteFlow())
var redundancy = Arms(Redundancy())
var gates = Arms(GateCalibration())
var cost = Arms(Cost())
var timeline = GateTimeline()

let longest = try bench.runs().map(\.settings.tokens).max() ?? 0
let largest = try bench.runs().map(\.settings.budget).max() ?? 0
var corpora: [String] = []

for run in try bench.runs() {
  let point = run.settings
  let reader = try Reader(assembling: point)
  let task = try Catalog.tasks.make(point.task, for: point)
  let corpus = point.corpus.rawValue
  // The ablations change the chunks, and are compared among themselves.
  let isProduct = run.point.ablation == nil
  if !corpora.contains(corpus) { corpora.append(corpus) }

  for try await trace in run.traces(reader, task) {
    let verdict = try Includes(.init(mode: .part)).verify(trace)
    var verdicts = ["accuracy": verdict]
    if point.corpus != .ledger { verdicts["f1"] = try AnswerVerifier(.f1).verify(trace) }
    try await run.record(trace, verdicts)

    let memory = point.memory.kind
    if point.tokens == longest, point.gate.kind == "replied", point.budget == largest {
      byChunk.observe(trace, verdict, arm: "\(memory), \(corpus)")
    }
    guard isProduct else { continue }
    // One question is read at several lengths and places and by several arms; a pair is of the same text, and of arms that
    // differ in what is compared alone.
    let (gate, place) = (point.gate.kind, point.placement.rawValue)
    for (key, rest) in [
      ("budget \(point.budget)", point.writer), ("\(memory), \(point.budget), \(place), \(point.tokens)", gate),
      ("\(gate), \(place)", "\(memory), \(point.budget)"),
    ] {
      var item = Scores.Item(trace, verdict)
      item.id += ", \(point.tokens), \(place), \(rest)"
      scores["\(corpus), \(key)", default: Scores()].add(item)
    }
    used["\(corpus), \(gate), \(place)", default: StreamingMean()].add(
      Double(trace.tally.usage.read + trace.tally.usage.generated), cluster: trace.question.cluster)
    byLength.observe(trace, verdict, arm: "\(memory), \(corpus)")
    byBudget.observe(trace, verdict, arm: "\(memory), \(corpus)")
    maps["\(memory), \(corpus)", default: DepthByLength()].observe(trace, verdict)
    guard point.tokens == longest else { continue }
    fronts[corpus, default: ParetoFront()].observe(trace, verdict, arm: point.arm, group: point.writer)
    causes["\(point.arm), \(corpus)", default: FailureCauses()].observe(trace, verdict)
    if point.budget == largest, point.gate.kind == "replied", point.placement == .first, corpus == "ledger" {
      timeline.observe(trace, verdict)
    }
    if memory == "gated", point.budget == largest {
      gates.observe(trace, verdict, arm: "\(corpus), \(point.placement.rawValue), \(point.gate.kind)")
    }
    guard point.gate.kind == "novelty" else { continue }
    survival.observe(trace, verdict, arm: point.arm)
    if corpus == "ledger" { cost.observe(trace, verdict, arm: memory) }
    if point.budget == largest {
      sizes.observe(trace, verdict, arm: memory)
      flow.observe(trace, verdict, arm: memory)
      redundancy.observe(trace, verdict, arm: memory)
    }
  }
}

// ## What was found

let difference = { (one: String, other: String) -> Interval? in
  guard let one = scores[one], let other = scores[other] else { return nil }
  return one.difference(from: other)
}

let small = try bench.runs().map(\.settings.budget).min() ?? 0
for corpus in corpora {
  guard let points = fronts[corpus]?.finding.points,
    let best = points.max(by: { $0.accuracy.value < $1.accuracy.value })
  else { continue }
  let front = points.filter(\.isOnFront)
  try await bench.say(
    "\(corpus), \(longest) tokens: the best arm is \(best.arm) with \(best.accuracy.words) for "
      + "\(Int(best.tokens.value)) tokens a reading; \(front.count) of \(points.count) arms are beaten by no other in both: "
      + "\(front.map(\.arm).joined(separator: "; ")).")
}
try await bench.table(
  "ablation", "corpus", "tokens", "placement", "memory.kind", "gate.kind", "memory.tokens", "chunker.size", "accuracy",
  "f1", "memoryHolds", "steps", "updates", "memoryTokens", "tokensRead")
for corpus in corpora { for figure in fronts[corpus]?.figures(named: corpus) ?? [] { try await bench.show(figure) } }

// ## What came out
//
// By the length of the text, over budgets, gates and places:

try await bench.show(byLength, "spread")

// By the budget of the page. `sufficient` is the smallest budget within 95 % of the best:

try await bench.show(byBudget, "sufficient")

// By the size of a chunk, in the longest texts with the largest page:

try await bench.show(byChunk, "best")

// Where in the text the evidence stood and how long the text was. Early and late evidence only:

for name in maps.keys.sorted() { for figure in maps[name]?.figures(named: name) ?? [] { try await bench.show(figure) } }

// Why answers are wrong, in the longest texts: the share of all questions, by arm.

let known = FailureCauses.Cause.allCases
var why = Table(["arm", "n", "failed", "right"] + known.map(\.words))
for name in causes.keys.sorted() {
  guard let finding = causes[name]?.finding else { continue }
  why.add(
    [.text(name), .number(Double(finding.n)), .number(Double(finding.failed)), .interval(finding.right)]
      + known.map { finding.causes[$0.rawValue].map { .interval($0) } ?? .number(0) })
}
try await bench.show(why, named: "causes")

// How long a fact stays in the page, with the gate that never stops:

try await bench.show(survival, "written", "kept", "scoreWhenKept", "scoreWhenNot")

// The size of the page, its turnover, and how much of it repeats itself, at the larger budget:

try await bench.show(sizes, "final", "largest", "cap", "evidence")
try await bench.show(flow, "kept", "added", "dropped", "keptShare", "changes")
try await bench.show(redundancy, "final", "largest")

// What the gates do with evidence, for the gated memory at the larger budget; and one reading of it, or of another memory
// behind the same gate:

try await bench.show(gates, "early", "exact", "late", "openOnEvidence", "openOnRest")
for figure in timeline.figures() { try await bench.show(figure) }

// What a reading of the longest `ledger` takes:

try await bench.show(cost)

// Judged by the thresholds above:

let grown = corpora.map { difference("\($0), budget \(largest)", "\($0), budget \(small)") }
let late = difference(
  "ledger, append, \(small), last, \(longest)", "ledger, overwrite, \(small), last, \(longest)")
let (stopping, reading) = (used["ledger, replied, first"]?.interval, used["ledger, novelty, first"]?.interval)
let stopped = difference("ledger, replied, first", "ledger, novelty, first")
let cheapest = fronts.values.map { $0.finding.points.first?.group ?? "" }
let accuracies = { (corpus: String) -> [Double] in
  fronts[corpus]?.finding.points.filter { $0.arm.hasSuffix(", \(largest)") }.map(\.accuracy.value) ?? []
}
let real = corpora.filter { $0 != "ledger" }.compactMap { accuracies($0).max() }
let worst = accuracies("ledger").min()
var judged = Table(["threshold", "what was measured", "reached"])
let judge = { (number: Int, words: String, isReached: Bool?) in
  judged.add([
    .number(Double(number)), .text(words), .text(isReached.map { $0 ? "yes" : "no" } ?? "not measured"),
  ])
}
judge(
  1, zip(corpora, grown).map { "\($0): \($1?.words ?? "–")" }.joined(separator: "; "),
  grown.contains { $0?.low == nil } ? nil : grown.allSatisfy { ($0?.low ?? 0) > 0 })
judge(2, late?.words ?? "–", late?.high.map { $0 < 0 })
judge(
  3,
  "tokens \(stopping.map { "\(Int($0.value))" } ?? "–") beside \(reading.map { "\(Int($0.value))" } ?? "–"), accuracy "
    + (stopped?.words ?? "–"),
  stopping.flatMap { stopping in
    guard let reading, let low = stopped?.low, let high = stopped?.high else { return nil }
    return stopping.value <= reading.value / 2 && low <= 0 && high >= 0
  })
judge(
  4, cheapest.sorted().joined(separator: "; "), cheapest.isEmpty ? nil : cheapest.allSatisfy { $0 == "gated, replied" })
judge(
  5,
  (real.isEmpty ? "no real questions" : "best of the real \(real.map { String($0) }.joined(separator: ", "))")
    + ", worst of ledger \(worst.map { String($0) } ?? "–")",
  real.isEmpty ? nil : worst.map { worst in real.allSatisfy { $0 < worst } })
try await bench.show(judged, named: "thresholds")

// ## Limits
//
// Rules write the page and answer from it. They copy sentences whole, share no wording with a language model, and know
// nothing that the text does not say. The two lengths are short beside what a memory of fixed size is made for; the sweep
// asks which setting matters, and `lengths` and `extrapolate` ask how far one setting goes. Subsets of HotpotQA and MuSiQue
// stand in one book; their scores are not those of the benchmarks.

try await bench.finish()
