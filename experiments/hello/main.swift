// # What does a memory of one page keep of a long text?
//
// ## Method
//
// Three memories of the same size read the licence texts of a Debian machine, or any text of yours,
// chunk by chunk. Each memory sees one chunk and its own page at a time. At the end each answers
// questions from its page alone.
//
// - *overwrite* rewrites its page at every chunk (MemAgent, arXiv:2507.02259);
// - *gated* writes only where a chunk bears on the question, and stops when the page suffices
//   (GRU-Mem, arXiv:2602.10560);
// - *first* keeps the beginning of the text until its page is full: the result of truncating a text
//   to a context length.
//
// It needs no model and no network: rules that score sentences write the page (`palimpsest describe
// extractive`). Run it with `make demo`, or on a text of yours:
//
//     make demo TEXT=book.txt ASK='Who is the captain of the ship?'

import PalimpsestKit

// ## What may vary
//
// Each property is a key of `hello.yaml` and of `--set`; a list in place of a value is swept. The
// questions, with their answers and the words of the text that prove them, stand in that file.

struct Hello: Parts {
  var seed: UInt64 = 1
  var task = Spec("quiz", ["text": "/usr/share/common-licenses"])
  var chunker = Spec("tokens", ["size": 512])
  var memory = Spec("gated", ["tokens": 128])
  var gate = Spec("replied")
  var policy = Spec("extractive")
}

let bench = try await Bench.open("hello", defaults: Hello())

// ## Reading
//
// A run is one memory. A run on disk with the same settings is loaded, not read again.

var sizes = Arms(PageSize(WordTokenizer()))
var survival = Arms(Survival())
var timeline = GateTimeline()
var evolution: Figure?
var (asked, memories) = ([String](), [String]())
var answers: [String: [String: String]] = [:]
var right: [String: Int] = [:]
var judged: Set<String> = []

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings)
  let task = try Catalog.tasks.make(run.settings.task, for: run.settings)
  let memory = run.settings.memory.kind
  memories.append(memory)

  for try await trace in run.traces(reader, task, width: 2) {
    let ask = trace.question.ask
    // A question without a known answer is shown, not judged.
    var verdicts: [String: Verdict] = [:]
    if !trace.question.answers.isEmpty {
      verdicts["answered"] = try AnswerVerifier(.subemStrict).verify(trace)
      verdicts["cited"] = try Includes(.init(mode: .part)).verify(trace)
      judged.insert(ask)
    }
    try await run.record(trace, verdicts)
    let verdict = verdicts["answered"] ?? Verdict(0)
    sizes.observe(trace, verdict, arm: memory)
    survival.observe(trace, verdict, arm: memory)
    if memory == "gated" {
      timeline.observe(trace, verdict)
      evolution = evolution ?? EvolutionGraph.figure(trace, named: "evolution")
    }
    if answers[ask] == nil { asked.append(ask) }
    if verdict.score == 1 { right[memory, default: 0] += 1 }
    let mark = verdicts.isEmpty ? "" : verdict.score == 1 ? "✓ " : "✗ "
    let said = trace.answer.map { AnswerExtraction.prediction(in: $0.reply.text) } ?? ""
    answers[ask, default: [:]][memory] = mark + said
  }
}

// ## What was found

let counts = memories.map { "\($0) \(right[$0, default: 0])" }.joined(separator: ", ")
try await bench.say(
  judged.isEmpty
    ? "The questions come without accepted answers, so the table of answers shows what each memory said, unjudged."
    : "Right answers to \(judged.count) questions: \(counts).")

// `answered` is the share of questions whose answer contains an accepted one, `memoryHolds` the share
// whose final page does. Intervals are 95 %. `steps` is the number of chunks that were read before the
// exit, `updates` the number of chunks that changed the page.

try await bench.table("memory.kind", "answered", "memoryHolds", "steps", "updates", "memoryTokens")
try await bench.show(sizes)

// ## What came out
//
// What each memory answered, right (✓) and wrong (✗) alike:

var table = Table(["question"] + memories)
for ask in asked { table.add([.text(ask)] + memories.map { .text(answers[ask]?[$0] ?? "") }) }
try await bench.show(table, named: "answers")

// What became of each sentence that proves an answer:

try await bench.show(survival, "read", "written", "kept")

// The first reading of the gated memory, as its gates saw it:

for figure in timeline.figures() { try await bench.show(figure) }

// And what it wrote: time runs down; a row is a chunk, or a run of chunks that changed nothing.

if let evolution { try await bench.show(evolution) }

// ## Limits
//
// Sixteen questions about one text distinguish memories only where they differ much: see how wide
// the intervals are. The rules that write the page know English and copy sentences; a language
// model would rewrite them. To ask a model the same questions, use `--set policy.kind=remote
// policy.endpoint=… policy.model=…`.

try await bench.finish()
