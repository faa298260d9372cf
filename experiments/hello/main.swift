// # What does a memory of one page keep of a long text?
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
// questions, with their answers and the words of the text that prove them, were chosen before the
// first run.

struct Hello: Parts {
  var seed: UInt64 = 1
  /// A file, or a folder of files that are read one after the other.
  var text = "/usr/share/common-licenses"
  /// A question of yours; then the questions with known answers are left out.
  var ask = ""
  var questions: [QuizTask.Item] = [
    .init(ask: "Who wrote the program Gnomovision?", answers: ["James Hacker"], proof: "written by James Hacker"),
    .init(
      ask: "Who wrote the library Frob?", answers: ["James Random Hacker"], proof: "written by James Random Hacker"),
    .init(ask: "What is the library Frob for?", answers: ["tweaking knobs"], proof: "a library for tweaking knobs"),
    .init(
      ask: "Which company disclaims all copyright interest in the program Gnomovision?", answers: ["Yoyodyne"],
      proof: "Yoyodyne, Inc., hereby disclaims all copyright interest in the program"),
    .init(ask: "Of what is Ty Coon the president?", answers: ["Vice"], proof: "Ty Coon, President of Vice"),
    .init(
      ask: "In which city is the office of the Free Software Foundation?", answers: ["Boston"],
      proof: "51 Franklin St, Fifth Floor, Boston"),
    .init(
      ask: "In which city does Creative Commons Corporation have its principal place of business?",
      answers: ["San Francisco"], proof: "with a principal place of business in San Francisco"),
    .init(
      ask: "In which county does the venue of a dispute lie?", answers: ["Santa Clara"],
      proof: "with venue lying in Santa Clara County"),
    .init(
      ask: "Which company may publish revised versions of the Mozilla Public License?", answers: ["Netscape"],
      proof: "Netscape Communications Corporation (\"Netscape\") may publish revised"),
    .init(
      ask: "When was the WIPO copyright treaty adopted?", answers: ["20 December 1996"],
      proof: "WIPO copyright treaty adopted on 20 December 1996"),
    .init(
      ask: "When was version 3 of the GNU General Public License published?", answers: ["29 June 2007"],
      proof: "Version 3, 29 June 2007"),
    .init(
      ask: "When was version 2.1 of the GNU Lesser General Public License published?", answers: ["February 1999"],
      proof: "Version 2.1, February 1999"),
    .init(
      ask: "When was version 2.0 of the Apache License published?", answers: ["January 2004"],
      proof: "Version 2.0, January 2004"),
    .init(
      ask: "Until when may the operator of a site republish an MMC under CC-BY-SA?", answers: ["August 1, 2009"],
      proof: "at any time before August 1, 2009"),
    .init(
      ask: "Who holds the copyright of the BSD licence?", answers: ["Regents of the University of California"],
      proof: "The Regents of the University of California"),
    .init(
      ask: "For how many years must a written offer of the source be valid?", answers: ["three years"],
      proof: "valid for at least three years"),
  ]
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
// A run is one memory. A run on disk with the same settings is loaded, not read again.

var sizes = Arms(PageSize(WordTokenizer()))
var survival = Arms(Survival())
var timeline = GateTimeline()
var evolution: Figure?
var (asked, memories) = ([String](), [String]())
var answers: [String: [String: String]] = [:]

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings)
  let memory = run.settings.memory.kind
  memories.append(memory)

  for try await trace in run.traces(reader, run.settings.task, width: 2) {
    // A question without a known answer is shown, not judged.
    var verdicts: [String: Verdict] = [:]
    if !trace.question.answers.isEmpty {
      verdicts["answered"] = try AnswerVerifier(.subemStrict).verify(trace)
      verdicts["cited"] = try Includes(.init(mode: .part)).verify(trace)
    }
    try await run.record(trace, verdicts)
    let verdict = verdicts["answered"] ?? Verdict(0)
    sizes.observe(trace, verdict, arm: memory)
    survival.observe(trace, verdict, arm: memory)
    if memory == "gated" {
      timeline.observe(trace, verdict)
      evolution = evolution ?? EvolutionGraph.figure(trace, named: "evolution")
    }
    let ask = trace.question.ask
    if answers[ask] == nil { asked.append(ask) }
    let mark = verdicts.isEmpty ? "" : verdict.score == 1 ? "✓ " : "✗ "
    let said = trace.answer.map { AnswerExtraction.prediction(in: $0.reply.text) } ?? ""
    answers[ask, default: [:]][memory] = mark + said
  }
}

// ## What came out
//
// `answered` is the share of questions whose answer contains an accepted one, `cited` the share whose
// reply does in the sentence it quotes, `memoryHolds` the share whose final page does. Intervals are
// 95 %. `steps` is the number of chunks that were read before the exit.

try await bench.table(
  "memory.kind", "answered", "cited", "memoryHolds", "steps", "updates", "memoryTokens", "busySeconds")

// What each memory answered, right (✓) and wrong (✗) alike:

var table = Table(["question"] + memories)
for ask in asked { table.add([.text(ask)] + memories.map { .text(answers[ask]?[$0] ?? "") }) }
try await bench.show(table, named: "answers")

// The size of the page during the reading, and what became of each sentence that proves an answer:

try await bench.show(sizes)
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
