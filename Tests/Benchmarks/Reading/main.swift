import Chunkers
import Foundation
import MemoryControls
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyExtractive
import Tasks

// What the extractive reader holds and answers, beside its controls.
//
//   swift run -c release ReadingBench data=../shared/data documents=10,50,400 half=report

var options = ["data": "../shared/data", "documents": "10,50,400", "half": "all", "tokens": "512", "chunk": "1000",
  "sets": "hotpotqa,musique,2wiki,squad", "arms": "extractive,bm25", "squad": "400", "show": "0", "seed": "1"]
var weights = Setting.table([:])
for argument in CommandLine.arguments.dropFirst() {
  let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
  guard parts.count == 2 else { continue }
  if parts[0].hasPrefix("w.") {
    weights[String(parts[0].dropFirst(2))] = .number(Double(parts[1]) ?? 0)
  } else {
    options[parts[0]] = parts[1]
  }
}
let files = [
  "hotpotqa": "hotpotqa/hotpotqa-subset.json", "musique": "musique/musique-ans-subset.jsonl",
  "2wiki": "2wikimultihop/2wiki-subset.json", "squad": "squad/squad-dev-v1.1.json",
]
let tokenizer = WordTokenizer()
let budget = Int(options["tokens"]!)!

func half(_ id: String) -> String {
  var generator = SeededGenerator(seed: 0, session: id, purpose: "half")
  return generator.next() % 2 == 0 ? "tune" : "report"
}

@MainActor func reader(_ arm: String) throws -> Reader {
  let policy = try ExtractivePolicy(tokenizer: tokenizer, weights: weights)
  let memory: any Memory =
    switch arm {
    case "bm25": BM25Memory(tokens: budget, tokenizer: tokenizer)
    case "none": NoMemory()
    case "oracle": OracleMemory(tokens: budget, tokenizer: tokenizer)
    case "first": FirstMemory(tokens: budget, tokenizer: tokenizer)
    case "gated", "gatedAll": GatedMemory(.init(tokens: budget), tokenizer: tokenizer)
    default: OverwriteMemory(.init(tokens: budget), tokenizer: tokenizer)
    }
  return Reader(
    chunker: TokenChunker(size: Int(options["chunk"]!)!, by: tokenizer), memory: memory,
    gate: RepliedGate(.init(exit: arm == "gatedAll" ? .ignore : .obey)), policy: policy, keeping: .lastStep)
}

for documents in options["documents"]!.split(separator: ",").compactMap({ Int($0) }) {
  for set in options["sets"]!.split(separator: ",").map(String.init) {
    let task = QATask(
      .init(
        file: options["data"]! + "/" + files[set]!, documents: documents,
        limit: set == "squad" ? Int(options["squad"]!)! : 0))
    let questions = try Array(task.questions(seed: UInt64(options["seed"]!)!))
      .filter { options["half"] == "all" || half($0.id) == options["half"] }
    for arm in options["arms"]!.split(separator: ",").map(String.init) {
      let reader = try reader(arm)
      var held = 0, spans = 0, exact = 0
      var sumF1 = 0.0, steps = 0, updates = 0, bytes = 0, exits = 0
      let start = clock()
      for question in questions {
        let trace = try await reader.read(question)
        steps += trace.tally.steps
        updates += trace.tally.updates
        if trace.end == .exited { exits += 1 }
        bytes += trace.nextOffset
        var memory = reader.memory
        if let tablet = trace.tablet { memory.tablet = tablet }
        let page = try await memory.recall(for: Cue(question)).text
        let answer = boxed(trace.answer?.reply.text ?? "")
        let isSpan = !question.answers.allSatisfy { ["yes", "no", ""].contains($0.lowercased()) }
        let isHeld = question.answers.contains { (" " + normalized(page) + " ").contains(normalized($0)) }
        if isSpan { spans += 1; if isHeld { held += 1 } }
        let em = question.answers.contains { normalized($0) == normalized(answer) }
        if em { exact += 1 }
        sumF1 += question.answers.map { f1(answer, $0) }.max() ?? 0
        let show = options["show"]!
        if show == "all" || show == "missed" && isSpan && !isHeld || show == "wrong" && !em && isHeld {
          print("----", question.id, question.traits, "\nQ:", question.ask, "\nA:", question.answers, "->", answer)
          let source = { () -> [UInt8] in if case .text(let t as StringText) = question.source { return t.bytes }; return [] }()
          for range in question.evidence { print("E:", String(decoding: source[range], as: UTF8.self)) }
          print(page)
          print("R:", trace.answer?.reply.text ?? "")
        }
      }
      let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
      let n = questions.count
      print(
        "\(set) docs=\(documents) \(arm) n=\(n) held=\(Interval.share(held, of: spans)) EM=\(Interval.share(exact, of: n)) F1=\(String(format: "%.3f", sumF1 / Double(max(n, 1)))) steps=\(steps) updates=\(updates) exits=\(exits) MB/s=\(String(format: "%.1f", Double(bytes) / 1e6 / seconds)) s=\(String(format: "%.2f", seconds))")
    }
  }
}
