// # How small may a memory be before the needle is lost?
//
// ## Method
//
// One unimportant sentence is hidden in a long text, and the question at the end asks for it.
// Memories of equal size read the text chunk by chunk. The experiment measures how often the page
// holds the sentence at the end, at which chunk it was lost otherwise, and how small the page may be.
//
// The text makes it hard. In *noise* the same five sentences repeat, and only the needle differs.
// Among *needles* every line is a sentence of the same form about another word, so a memory that
// keeps everything important-looking keeps everything.
//
// Method: the single and multi-key tasks of RULER (Hsieh et al., arXiv:2404.06654).
// Run:    swift run needle --set memory.tokens=64,128

import PalimpsestKit

// ## What may vary
//
// Each property is a key of `needle.yaml` and of `--set`. Lengths and budgets are tokens of the
// word tokenizer. A list in place of a value is swept.

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
// A run is one point of the sweep. A run on disk with the same settings is loaded, not read again.
// The exit gate is ignored: the question is how long a needle is *kept*, not how soon a reader may
// stop.

// Two thirds of a needle's words are in every other needle, so a page counts as holding one only
// where it has nine tenths of its word pairs.

var survival = Arms(Survival(threshold: 0.9))
var smallest: [String: [String: Int]] = [:]
var (hays, memories) = ([String](), [String]())

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings)
  let task = try Catalog.tasks.make(run.settings.task, for: run.settings)
  let hay = run.settings.task.settings["variety"] == "single_1" ? "in noise" : "among needles"

  for try await trace in run.traces(reader, task, width: 2) {
    let verdict = try Includes(.init(mode: .all)).verify(trace)
    try await run.record(trace, verdict)
    if run.settings.memory.settings["tokens"] == 64 {
      survival.observe(trace, verdict, arm: "\(run.settings.arm), \(hay)")
    }
  }
  let memory = run.settings.memory.kind
  if !hays.contains(hay) { hays.append(hay) }
  if !memories.contains(memory) { memories.append(memory) }
  let accuracy = await run.summary.metrics["accuracy"]?.value ?? 0
  if accuracy >= 0.9, case .int(let tokens)? = run.settings.memory.settings["tokens"] {
    smallest[hay, default: [:]][memory] = min(tokens, smallest[hay]?[memory] ?? tokens)
  }
}

// ## What was found

let sizes = hays.map { hay in
  hay + ": " + memories.map { "\($0) \(smallest[hay]?[$0].map { "\($0)" } ?? "none")" }.joined(separator: ", ")
}
try await bench.say(
  "The smallest page, in tokens, with which nine of ten answers are right; \(sizes.joined(separator: "; ")).")

// Accuracy is the share of questions whose answer contains the number; `memoryHolds` the share whose
// final page does. Intervals are 95 %. The variety `single_1` is noise, `multikey_2` needles.

try await bench.table("task.variety", "memory.kind", "memory.tokens", "accuracy", "memoryHolds", "memoryTokens")
try await bench.chart(
  "Share of right answers by size of the page, in tokens, with 95 % intervals.", of: "accuracy", over: "memory.tokens",
  by: "memory.kind", "task.variety")

// ## What came out
//
// The share of the needles written to a page of 64 tokens that the page still held a number of
// chunks later:

try await bench.show(survival, "written", "kept", "scoreWhenKept", "scoreWhenNot")

// In noise 32 tokens are enough for every memory that looks for the question's rarest word. Among
// needles an append-only page fills up with the first lines and loses; a page that is rewritten
// replaces its lines by better ones.
//
// ## Limits
//
// Rules that copy whole sentences write the page. That makes it easy to keep one sentence: the
// needle shares its rarest word with the question, and a rule that looks for rare words finds it. A
// language model paraphrases, and loses more. The method carries over to models, not the numbers.

try await bench.finish()
