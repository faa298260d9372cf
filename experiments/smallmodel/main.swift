// # Can a small untrained model keep its own memory?
//
// ## Method
//
// The memories of this field are written by language models, and the papers train the models to write
// them. This is the row without that training: SmolLM2-135M-Instruct (arXiv:2502.02737), a published model
// of 135 million parameters, as it was published. It reads texts chunk by chunk, keeps a page, and answers
// from the page alone. Expect low numbers; a trained model is measured against them.
//
// The texts are needles in noise at 2 to 32 chunks (RULER, arXiv:2404.06654) and HotpotQA's questions with
// their ten documents (arXiv:1809.09600). Beside the pages that the model writes stand pages that no model
// writes: nothing, the first tokens of the text, and exactly the evidence. Two arms exchange the writer:
// the rules of the extractive policy write and answer, or the rules write and the model answers.
//
// Stated before the run, and judged below by these thresholds:
//
// 1. At 32 chunks no page that the model rewrites (`overwrite`, `gated`) holds the needle in more than one
//    of five readings.
// 2. At least nine of ten gated replies break the form that the prompt asks for.
// 3. Writing fails before answering does: on needles of 8 and 32 chunks the model answers more often from
//    the evidence than from the page it rewrote, and the interval of the paired difference excludes 0.
// 4. On HotpotQA the F1 of the rewritten page is not above that of no memory: the interval of the paired
//    difference includes 0 or lies below it.
// 5. The page of the rules holds the answer more often than the page the model rewrites, at every length
//    and on HotpotQA: the two intervals do not overlap.
//
// Eight other needles at 2 chunks were read before, to see what a reply costs; they set the sizes, and all 16
// gated replies to them broke the form.
//
// Run: make model; swift run -c release smallmodel --set hotpotqa=hotpot_dev_distractor_v1.json

import PalimpsestKit

import class Foundation.FileManager

// ## What may vary
//
// Each property is a key of `smallmodel.yaml` and of `--set`. The arms are the `ablations` there. Lengths
// and budgets are tokens of the model's own vocabulary, also where rules write. The model is not part of
// the repository: `make model` fetches it.

struct SmallModel: Parts {
  /// The policy of a call.
  enum Who: String, Choice { case model, rules }

  var seed: UInt64 = 1
  var arm = "overwrite"
  /// A model's file or folder.
  var weights = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
  /// `int8` turns the matrices into bytes when the model is loaded, which reads prompts faster.
  var quantise = LocalPolicy.Quantisation.int8
  /// HotpotQA's file with distractors; needles need none.
  var hotpotqa = ""
  var task = Spec("needle", ["tokens": 512, "count": 16])
  var chunker = Spec("tokens", ["size": 256])
  var memory = Spec("overwrite", ["tokens": 128])
  var gate = Spec("replied")
  var writes = Who.model
  var answers = Who.model
  /// The longest an answer may be, in tokens.
  var answerTokens = 96

  var tokenizer: Spec { Spec("checkpoint", ["folder": .string(weights)]) }

  var policy: Spec {
    func settings(_ who: Who) -> [String: Setting] {
      guard who == .model else { return ["kind": "extractive"] }
      return ["kind": "local", "weights": .string(weights), "quantise": .string(quantise.rawValue)]
    }
    guard writes == answers else {
      return Spec("divided", ["update": .table(settings(writes)), "answer": .table(settings(answers))])
    }
    var same = settings(writes)
    same["kind"] = nil
    return Spec(writes == .model ? "local" : "extractive", same)
  }

  /// The task, with the file that the settings name.
  var questions: Spec {
    var spec = task
    if spec.kind == "qa", !hotpotqa.isEmpty { spec.settings["file"] = .string(hotpotqa) }
    return spec
  }

  /// A column of tables: which text, and its length in chunks where that is set.
  var text: String { chunks.map { "needle, \($0) chunks" } ?? "HotpotQA" }

  /// Chunks of a text, where its length is set.
  var chunks: Int? {
    guard case .int(let tokens)? = task.settings["tokens"], case .int(let size)? = chunker.settings["size"] else {
      return nil
    }
    return tokens / size
  }

  func check(_ full: Setting) throws {
    guard FileManager.default.fileExists(atPath: weights) else {
      throw SettingError.outOfRange(
        "weights", found: weights,
        why: "there is no such model; make model fetches SmolLM2-135M-Instruct, 94 MiB, and every other experiment "
          + "works without it")
    }
    guard task.kind != "qa" || FileManager.default.fileExists(atPath: hotpotqa) else {
      throw SettingError.outOfRange(
        "hotpotqa", found: hotpotqa.isEmpty ? "empty" : hotpotqa,
        why:
          "it names HotpotQA's file with distractors, as its authors publish it; --set task.kind=needle leaves it out")
    }
    // Not the policy: to load the model for every point would take longer than many a run.
    _ = try Catalog.memories.make(memory, for: self)
    _ = try Catalog.gates.make(gate, for: self)
    _ = try Catalog.chunkers.make(chunker, for: self)
    _ = try Catalog.tasks.make(questions, for: self)
  }
}

let bench = try await Bench.open("smallmodel", defaults: SmallModel())

// ## Reading
//
// Needles are judged by whether the reply contains the number, HotpotQA's answers by F1 after the answer was
// taken out of the reply. Eight questions are read side by side. At 32 chunks, where a reading takes 33 prompts, the
// first eight needles are read and not all sixteen.

var scores: [String: Scores] = [:]
var faults: [String: Int] = [:]
var (gated, boxed) = ((replies: 0, broken: 0), (replies: 0, broken: 0))
var held: [String: Interval] = [:]
var survival = Arms(Survival())
var flow = Arms(OverwriteFlow())
var examples: [(title: String, exchange: Exchange)] = []

for run in try bench.runs() {
  var reader = try Reader(assembling: run.settings)
  reader.sampling.maxTokens = run.settings.answerTokens
  let task = try Catalog.tasks.make(run.settings.questions, for: run.settings)
  let (arm, text) = (run.settings.arm, run.settings.text)
  let isNeedle = run.settings.task.kind == "needle"
  let verifier: any Verifier = isNeedle ? Includes(.init(mode: .all)) : AnswerVerifier(.f1)
  let isWritten = ["overwrite", "gated", "append"].contains(run.settings.memory.kind)

  let most = [bench.options.limit, text == "needle, 32 chunks" ? 8 : nil].compactMap(\.self).min()
  let questions = try task.questions(seed: run.settings.seed, limit: most)
  for try await trace in run.traces(reader, questions, width: 8) {
    let verdict = try await verifier.verify(trace)
    try await run.record(trace, verdict)
    scores["\(arm), \(text)", default: Scores()].add(Scores.Item(trace, verdict))
    // How the model follows a form: the gated reply's four fields, and the box of the answer.
    if run.settings.memory.kind == "gated", run.settings.writes == .model {
      gated.replies += trace.steps.count
      for step in trace.steps where step.draft.signals.isMalformed {
        gated.broken += 1
        faults[step.draft.reason ?? "", default: 0] += 1
      }
    }
    if run.settings.answers == .model, let reply = trace.answer?.reply.text {
      boxed.replies += 1
      if !reply.contains("\\boxed{") { boxed.broken += 1 }
    }
    if isWritten, isNeedle { survival.observe(trace, verdict, arm: arm) }
    // The gated page stays empty, and what rules write is not the model's.
    if ["overwrite", "append"].contains(arm), text == "needle, 32 chunks" { flow.observe(trace, verdict, arm: arm) }
    // What the model was shown and what it wrote: the chunk with the needle, and the answer.
    if isWritten, isNeedle, run.settings.writes == .model, !examples.contains(where: { $0.title.hasPrefix(arm) }),
      let step = trace.steps.first(where: { trace.question.isEvidence($0.chunk.range) }),
      let exchange = step.draft.exchanges.first
    {
      examples.append(("\(arm), the chunk with the needle", exchange))
      if arm == "overwrite", let answer = trace.answer { examples.append(("\(arm), the answer", answer.exchange)) }
    }
  }
  held["\(arm), \(text)"] = await run.summary.memoryHolds
}

// ## What was found

let texts = try bench.runs().map(\.settings).sorted { ($0.chunks ?? .max) < ($1.chunks ?? .max) }.map(\.text)
  .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
for text in texts {
  func right(_ arm: String) -> String { scores["\(arm), \(text)"]?.interval().words ?? "–" }
  try await bench.say(
    "\(text): from the page it rewrites the model scores \(right("overwrite")), from the evidence "
      + "\(right("oracle")), from nothing \(right("none")); rules score \(right("rules")).")
}
let replies = Interval.share(gated.broken, of: gated.replies)
try await bench.say(
  "Of \(gated.replies) gated replies \(gated.broken) broke the form (\(replies.words)); of \(boxed.replies) answers "
    + "\(boxed.broken) had no box.")
try await bench.table(
  "arm", "task.kind", "task.tokens", "accuracy", "memoryHolds", "steps", "updates", "malformed", "memoryTokens")
// Bars of one text side by side, in the order of the arms.
let arms = try bench.runs().map(\.settings.arm).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
let chart = Chart(
  x: .names(texts, "text"), y: .init("right answers, or F1", range: 0...1.05),
  series: arms.map { arm in
    Chart.Series(
      arm,
      texts.enumerated().compactMap { place, text in
        guard let score = scores["\(arm), \(text)"]?.interval() else { return nil }
        return .init(Double(place), score.value, score.range)
      }, as: .bars)
  })
try await bench.show(
  chart.figure(
    named: "accuracy", "Share of right answers to needles, and F1 on HotpotQA, with 95 % intervals, by the arm."))

// ## What came out
//
// Differences between two arms over the same questions, with 95 % intervals:

let difference = { (one: String, other: String, text: String) -> Interval? in
  guard let one = scores["\(one), \(text)"], let other = scores["\(other), \(text)"] else { return nil }
  return one.difference(from: other)
}
var differences = Table(["text", "evidence − overwrite", "overwrite − none", "append − overwrite", "rules − overwrite"])
for text in texts {
  let pairs = [("oracle", "overwrite"), ("overwrite", "none"), ("append", "overwrite"), ("rules", "overwrite")]
  differences.add(
    [.text(text)]
      + pairs.map { one, other in difference(one, other, text).map { .interval($0) } ?? .missing })
}
try await bench.show(differences, named: "differences")

// How often the final page holds the answer, whatever is answered:

var pages = Table(["text", "overwrite", "gated", "append", "first", "rules"])
for text in texts {
  pages.add(
    [.text(text)]
      + ["overwrite", "gated", "append", "first", "rules"].map { arm in
        held["\(arm), \(text)"].map { .interval($0) } ?? .missing
      })
}
try await bench.show(pages, named: "pages")

// What broke the form of the gated replies:

var reasons = Table(["reply", "count"])
for (reason, count) in faults.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(12) {
  reasons.add([.text(reason), .number(Double(count))])
}
try await bench.show(reasons, named: "faults")

// Where needles are lost: whether they are written at all, and whether what is written is kept. And the
// turnover of the page at 32 chunks, in words a change:

try await bench.show(survival, "written", "kept", "scoreWhenKept", "scoreWhenNot")
if !flow.names.isEmpty { try await bench.show(flow, "kept", "added", "dropped", "keptShare") }

// Why it fails is best seen in what it was shown and what it wrote, each up to its last token. The prompts
// are as the model read them, with its own system turn:

let vocabulary = try BytePairTokenizer(model: try bench.runs()[0].settings.weights)
for (title, exchange) in examples {
  let prompt = vocabulary.decode(exchange.reply.promptTokens, showingSpecial: true)
  try await bench.show("[\(title): prompt]\n\(prompt)\n[\(title): reply]\n\(exchange.reply.text)\n")
}

// Judged by the thresholds above:

let rewritten = ["overwrite", "gated"].compactMap { held["\($0), needle, 32 chunks"]?.value }
let writing = ["needle, 8 chunks", "needle, 32 chunks"].compactMap { difference("oracle", "overwrite", $0)?.low }
let reading = difference("overwrite", "none", "HotpotQA")?.low
let apart = texts.compactMap { text -> Bool? in
  guard let rules = held["rules, \(text)"]?.low, let model = held["overwrite, \(text)"]?.high else { return nil }
  return rules > model
}
for (number, isReached) in [
  (1, rewritten.count == 2 ? rewritten.allSatisfy { $0 <= 0.2 } : nil),
  (2, gated.replies > 0 ? Double(gated.broken) >= 0.9 * Double(gated.replies) : nil),
  (3, writing.count == 2 ? writing.allSatisfy { $0 > 0 } : nil), (4, reading.map { $0 <= 0 }),
  (5, apart.count == texts.count ? apart.allSatisfy(\.self) : nil),
] as [(Int, Bool?)] {
  try await bench.say("Threshold \(number): \(isReached.map { $0 ? "reached" : "not reached" } ?? "not measured").")
}

// ## Limits
//
// One small model, one wording of the prompts, greedy replies, weights of four bits. The model was trained for
// short conversations, and the prompts were not tuned for it. The numbers say where training has to begin, not
// what a model of this size can learn.

try await bench.finish()
