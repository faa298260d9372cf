import Chunkers
import Gating
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyExtractive

/// The whole reader with the extractive policy, in MB of text a second: chunker, draft, gate and write, with a
/// page of 512 tokens, over 64 MB (a file said again and again). Nothing is logged.
let readingSuite = Suite(
  name: "reading", summary: "MB of text read in a second by the extractive policy",
  figures: [5000, 1024].flatMap { size in
    [
      reading("overwrite", chunk: size, OverwriteMemory(.init(tokens: 512), tokenizer: WordTokenizer())),
      reading("gated", chunk: size, GatedMemory(.init(tokens: 512), tokenizer: WordTokenizer())),
    ]
  })

private func reading(_ memory: String, chunk: Int, _ part: any Memory) -> Suite.Figure {
  let name = "reading.\(memory)-\(chunk)"
  return Suite.Figure(name: name) { input in
    let file = try Corpus.text(input)
    let text = StringText(String(repeating: file, count: max(1, 64_000_000 / max(file.utf8.count, 1))))
    let reader = Reader(
      chunker: TokenChunker(size: chunk), memory: part, gate: RepliedGate(.init(exit: .ignore)),
      policy: ExtractivePolicy(tokenizer: WordTokenizer()), keeping: .lastStep)
    let question = Question(
      id: "speed", ask: "Who is the captain of the ship that hunts the white whale?", source: .text(text))
    return try await .speed(name, of: Double(text.bytes.count) / 1e6, "MB/s") {
      try await reader.scan(question).tally.steps
    }
  }
}
