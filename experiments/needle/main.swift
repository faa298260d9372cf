// # How small may a memory be before the needle is lost?
//
// One sentence of no importance is hidden in a long text, and asked for at the end. Memories of equal
// size read the text piece by piece. We ask how often the sentence stands in the page at the end, at
// which piece it was lost where it does not, and how small the page may be.
//
// The text is what makes it hard. In *noise* the same five sentences come again and again, and the
// needle is the only thing that differs. Among *needles* every line is a sentence of the same form
// about another word, so that whoever keeps what looks important keeps everything.
//
// Method: the single and multi-key tasks of RULER (Hsieh et al., arXiv:2404.06654).
// Run:    swift run needle --set memory.tokens=64,128

import Analyzers
import Palimpsest
import Tasks
import Verifiers
import Workbench

// ## What may vary
//
// Each property is a key of `needle.yaml` and of `--set`. Lengths and budgets are tokens of the
// word tokenizer. Where a list stands in place of a value, the sweep takes each in turn.

struct Needle: Parts {
  var seed: UInt64 = 1
  var task = Spec("needle", ["tokens": 16_384, "count": 32, "variety": "single_1"])
  var chunker = Spec("tokens", ["size": 1024])
  var memory = Spec("overwrite", ["tokens": 64])
  var gate = Spec("replied", ["exit": "ignore"])
  var policy = Spec("extractive")

  var arm: String { "\(memory.kind), \(memory.settings["tokens"]?.line ?? "") tokens" }
}

let bench = try await Bench.open("needle", defaults: Needle())

// ## Reading
//
// A run is one point of the sweep. A run that already stands on disk with the same settings is
// loaded instead of read again. The exit gate is ignored: how long a needle is *kept* is the question
// here, not how soon a reader may leave.

// Two thirds of a needle are the words of every other needle, so a page holds one only where it has
// nine tenths of its word pairs.

var survival = Arms(Survival(threshold: 0.9))

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings)
  let task = try Catalog.tasks.make(run.settings.task, for: run.settings)
  let hay = run.settings.task.settings["variety"]?.line == "\"single_1\"" ? "noise" : "needles"

  for try await trace in run.traces(reader, task, width: 2) {
    let verdict = try Includes(.init(mode: .all)).verify(trace)
    try await run.record(trace, verdict)
    if run.settings.memory.settings["tokens"] == 64 {
      survival.observe(trace, verdict, arm: "\(run.settings.arm), \(hay)")
    }
  }
}

// ## What came out
//
// Accuracy is the share of questions whose answer contains the number; `memoryHolds` the share whose
// final page does. Intervals are 95 %.

try await bench.table(
  "task.variety", "memory.kind", "memory.tokens", "accuracy", "memoryHolds", "steps", "updates", "memoryTokens")

// Of the needles that a page of 64 tokens was written with, the share that still stood in it so many
// pieces later:

try await bench.show(survival, "written", "kept", "scoreWhenKept", "scoreWhenNot")

// In noise 32 tokens are enough for every memory that looks for the question's rarest word. Among
// needles a page that is only added to fills up with what comes first, and loses; one that is
// rewritten trades what it holds for what is better.
//
// ## Limits
//
// The page is written by rules that copy whole sentences. That makes keeping one of them easy: the
// needle shares its rarest word with the question, and a rule that looks for rare words finds it. A
// language model paraphrases, and loses more. What carries over is the method, not the numbers.

try await bench.finish()
