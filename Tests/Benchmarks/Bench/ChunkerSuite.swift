import Chunkers
import Palimpsest
import SentenceRules

/// Chunks per second, in MB of text: from a string in memory to all its chunks as strings, through
/// the same stream that a reading pulls from.
let chunkerSuite = Suite(
  name: "chunkers", summary: "MB of text cut into chunks in a second",
  figures: [
    chunking("characters", TokenChunker(size: 4096, by: ScalarTokenizer())),
    chunking("tokens", TokenChunker(size: 1024)),
    chunking("lines", LineChunker(size: 1024)),
    chunking("sentences", SentenceChunker(size: 1024)),
    chunking("sentences-by-characters", SentenceChunker(size: 4096, by: ScalarTokenizer())),
    chunking("paragraphs", ParagraphChunker(size: 1024)),
    chunking("paragraphs-by-characters", ParagraphChunker(size: 4096, by: ScalarTokenizer())),
    chunking("semantic", SemanticChunker(size: 1024)),
    chunking("tokens-overlapping", TokenChunker(size: 960).overlapping(by: 64)),
    Suite.Figure(name: "chunkers.counting-words") { input in
      let text = try Corpus.text(input)
      return await .speed("chunkers.counting-words", of: megabytes(text), "MB/s") { WordTokenizer().count(text) }
    },
    Suite.Figure(name: "chunkers.finding-sentences") { input in
      let text = try Corpus.text(input)
      let bytes = Array(text.utf8)
      return await .speed("chunkers.finding-sentences", of: megabytes(text), "MB/s") {
        Sentences.ranges(in: bytes.span).count
      }
    },
  ])

private func chunking(_ name: String, _ chunker: any Chunker) -> Suite.Figure {
  Suite.Figure(name: "chunkers." + name) { input in
    let text = try Corpus.text(input)
    return try await .speed("chunkers." + name, of: megabytes(text), "MB/s") {
      var chunks: [Chunk] = []
      for try await chunk in chunker.chunks(of: StringText(text)) { chunks.append(chunk) }
      return chunks.count
    }
  }
}

private func megabytes(_ text: String) -> Double { Double(text.utf8.count) / 1e6 }
