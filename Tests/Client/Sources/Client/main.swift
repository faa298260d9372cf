import Chunkers
import Gating
import MemoryGated
import Palimpsest
import PolicyExtractive
import Tasks
import Verifiers

// Reads a text with a memory of 64 tokens, and says whether the answer is right.

var text = ""
for day in 1...200 { text += "On day \(day) the sea was calm and nothing was written into the log. " }
text += "On day 201 the captain of the Nordstern was Ada Smith. "
for day in 202...400 { text += "On day \(day) the wind came from the west and the crew slept. " }

let tokenizer = WordTokenizer()
let reader = Reader(
  chunker: TokenChunker(size: 256, by: tokenizer), memory: GatedMemory(.init(tokens: 64), tokenizer: tokenizer),
  gate: RepliedGate(), policy: ExtractivePolicy(tokenizer: tokenizer))

let question = Question(
  id: "captain", ask: "Who was the captain of the Nordstern?", answers: ["Ada Smith"], source: .text(text))
let trace = try await reader.read(question)
let verdict = try Includes(.init()).verify(trace)

print("\(trace.steps.count) chunks, answer: \(prediction(of: trace) ?? "none"), score \(verdict.score)")
precondition(verdict.score == 1, "the answer is not \(question.answers)")
