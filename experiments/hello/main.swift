// # What does a memory of one page keep of a long text?
//
// Three memories of the same size read the licence texts that every Debian machine has, or any text
// of yours, piece by piece. None of them ever sees more than one piece and its own page. At the end
// each answers questions from its page alone.
//
// - *overwrite* rewrites its page at every piece (MemAgent, arXiv:2507.02259);
// - *gated* writes only where there is something to write, and stops when it has what it needs
//   (GRU-Mem, arXiv:2602.10560);
// - *first* keeps the beginning of the text until its page is full: what one gets by cutting a text
//   to a window.
//
// No model, no network: the page is written by rules that score sentences (`palimpsest describe
// extractive`). Run it with `make demo`, or on a text of yours:
//
//     make demo TEXT=book.txt ASK='Who is the captain of the ship?'

import Analyzers
import Palimpsest
import Tasks
import Verifiers
import Workbench

// ## What may vary
//
// Each property is a key of `hello.yaml` and of `--set`; a list in place of a value is taken one by
// one. The questions, with their answers and the words of the text that prove them, stand in
// `hello.yaml`. They were chosen before anything was run.

struct Hello: Parts {
  var seed: UInt64 = 1
  /// A file, or a folder of files that are read one after the other.
  var text = "/usr/share/common-licenses"
  /// A question of yours; then those with known answers are left out.
  var ask = ""
  var questions: [QuizTask.Item] = []
  var chunker = Spec("tokens", ["size": 512])
  var memory = Spec("gated", ["tokens": 128])
  var gate = Spec("replied")
  var policy = Spec("extractive")

  var task: QuizTask {
    QuizTask(.init(text: text, questions: ask.isEmpty ? questions : [.init(ask: ask)]))
  }
}

let bench = try await Bench.open("hello", defaults: Hello())

// ## Reading
//
// A run is one memory. What already stands on disk with the same settings is loaded, not read again.

var sizes = Arms(PageSize(WordTokenizer()))
var survival = Arms(Survival())
var timeline = GateTimeline()

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings)
  let memory = run.settings.memory.kind

  for try await trace in run.traces(reader, run.settings.task, width: 2) {
    // Without a known answer there is nothing to judge, only to show.
    let verdict = trace.question.answers.isEmpty ? nil : try await Includes(.init(mode: .part)).verify(trace)
    try await run.record(trace, verdict.map { ["accuracy": $0] } ?? [:])
    sizes.observe(trace, verdict ?? Verdict(0), arm: memory)
    survival.observe(trace, verdict ?? Verdict(0), arm: memory)
    if memory == "gated" { timeline.observe(trace, verdict ?? Verdict(0)) }
    if memory == "gated" || verdict == nil {
      try await run.show("\(memory)  \(trace.question.ask)  \(trace.answer?.reply.text ?? "no answer")")
    }
  }
}

// ## What came out
//
// Accuracy is the share of questions whose answer contains an accepted one; `memoryHolds` the share
// whose final page does. Intervals are 95 %. `steps` says how many pieces were read before the gate
// left.

try await bench.table("memory.kind", "accuracy", "memoryHolds", "steps", "updates", "memoryTokens", "seconds")

// How large the page was while the text went by, and what became of each sentence that proves an
// answer:

try await bench.show(sizes)
try await bench.show(survival, "read", "written", "kept")

// The first reading of the gated memory as its gates saw it:

for figure in timeline.figures() { try await bench.show(figure) }

// ## Limits
//
// A dozen and a half questions about one text tell memories apart only where they differ much: see
// how wide the intervals are. The rules that write the page know English and copy sentences; a
// language model would rewrite them. Ask the same of a model with
// `--set policy.kind=remote policy.url=… policy.model=…`.

try await bench.finish()
