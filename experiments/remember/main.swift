// # What does a memory of 437 KB remember of half a million tokens?
//
// ## Method
//
// Two models of 109,312 parameters learned here, from random weights and on texts of a few chunks, to keep a page of at
// most 15 tokens. They read texts of 8, 64 and 512 thousand tokens, 80 at a time: one fact is asked for, among noise
// and misleading facts.
//
// - *learned overwrite* rewrites its page at every chunk (MemAgent, arXiv:2507.02259);
// - *learned gates* writes where a chunk bears on the question, and stops when the page suffices (GRU-Mem,
//   arXiv:2602.10560);
// - *rules* is the extractive policy of `hello`, which knows English and was not trained.
//
// It needs no network: the models are part of the package (`palimpsest describe miniature`). `make demo` runs it.

import PalimpsestKit

// ## What may vary
//
// Each property is a key of `remember.yaml` and of `--set`. The other arms are the `ablations` there.

struct Remember: Parts {
  var seed: UInt64 = 1
  var arm = "learned overwrite"
  var task = Spec("symbols", ["chunks": 102, "count": 4, "split": "test"])
  var chunker = Spec("tokens", ["size": 80])
  var memory = Spec("overwrite", ["tokens": 32])
  var gate = Spec("replied")
  var policy = Spec("miniature", ["weights": "overwrite"])
}

let bench = try await Bench.open("remember", defaults: Remember())

// ## Reading

var pages: [String: [String]] = [:]
var arms: [String] = []

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings, keeping: .lastStep)
  let task = try Catalog.tasks.make(run.settings.task, for: run.settings)
  let arm = run.settings.arm
  if !arms.contains(arm) { arms.append(arm) }
  for try await trace in run.traces(reader, task, width: 4) {
    let verdict = try AnswerVerifier(.subemStrict).verify(trace)
    try await run.record(trace, verdict)
    let page = trace.state?[0]?.text ?? ""
    pages[arm, default: []].append((verdict.score == 1 ? "✓ " : "✗ ") + page)
  }
}

// ## What was found

let shares = arms.map { arm in
  let readings = pages[arm, default: []]
  return "\(arm) \(readings.count { $0.hasPrefix("✓") }) of \(readings.count)"
}
try await bench.say("Right answers over all lengths: \(shares.joined(separator: ", ")).")
try await bench.table("arm", "task.chunks", "accuracy", "memoryHolds", "steps", "exited", "updates", "memoryTokens")
try await bench.chart(
  "Share of right answers by the length of the text.", of: "accuracy", over: "task.chunks", by: "arm")

// ## What came out
//
// The last page of each reading, with the right answer (✓) or a wrong one (✗):

var table = Table(arms)
for row in 0..<(pages.values.map(\.count).max() ?? 0) {
  table.add(arms.map { arm in .text(row < pages[arm, default: []].count ? pages[arm, default: []][row] : "") })
}
try await bench.show(table, named: "pages")

// ## Limits
//
// Four questions a length show that it works, not how well: `extrapolate` has the figures. The gated model gives up too
// early at the longest text: it was taught by imitation at three chunks and not rewarded. The language has 222 words.

try await bench.finish()
