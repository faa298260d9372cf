import Chunkers
import Gating
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyExtractive
import Support
import Testing
import Verifiers

/// Memories whose policy is asked at every chunk.
private let memories: [(name: String, memory: any Memory)] = [
  ("overwrite", OverwriteMemory(.init(tokens: 200), tokenizer: WordTokenizer())),
  ("append", AppendMemory(.init(tokens: 200), tokenizer: WordTokenizer())),
  ("gated", GatedMemory(.init(tokens: 200), tokenizer: WordTokenizer())),
]

private func read(
  _ ask: String, _ text: String, _ memory: any Memory, by chunker: any Chunker
) async throws -> Trace {
  try await Reader(
    chunker: chunker, memory: memory, gate: RepliedGate(.init(exit: .ignore)), policy: policy
  ).read(Question(id: "q", ask: ask, source: .text(text)))
}

@Suite struct `The last sentence before a border` {
  static let people = "Ada Smith lives in Oslo. Ben Smith lives in Bern. Cleo Smith lives in Cork."

  @Test(arguments: memories.indices, ["", "\n", "\n\n"])
  func `is held where each sentence is a chunk`(_ index: Int, _ end: String) async throws {
    let (name, memory) = memories[index]
    for (ask, town) in [("Ada", "Oslo"), ("Ben", "Bern"), ("Cleo", "Cork")] {
      let trace = try await read(
        "Where does \(ask) Smith live?", Self.people + end, memory, by: SentenceChunker(count: 1))
      #expect(trace.state?.text.contains(town) == true, "\(name): \(town)")
      #expect(boxed(trace) == town, "\(name)")
    }
  }

  @Test(arguments: memories.indices)
  func `is held where the text ends behind it`(_ index: Int) async throws {
    let (name, memory) = memories[index]
    for chunker in [TokenChunker(size: 1000), ParagraphChunker(count: 1), LineChunker(count: 1)] as [any Chunker] {
      let trace = try await read("Where does Cleo Smith live?", Self.people, memory, by: chunker)
      #expect(trace.state?.text.contains("Cleo Smith lives in Cork.") == true, "\(name)")
    }
  }

  @Test(arguments: memories.indices, [7, 33, 64, 150])
  func `is held though a chunk's end cuts it`(_ index: Int, _ size: Int) async throws {
    let (name, memory) = memories[index]
    let trace = try await read("Where was Anna Roth born?", library, memory, by: ByteChunker(size))
    #expect(trace.state?.text.contains("She was born in Ulm in 1881.") == true, "\(name), \(size)")
  }

  @Test(arguments: memories.indices)
  func `stands under its heading, wherever that was read`(_ index: Int) async throws {
    let (name, memory) = memories[index]
    for chunker in [SentenceChunker(count: 1), TokenChunker(size: 12), TokenChunker(size: 25)] as [any Chunker] {
      let trace = try await read("Where was Anna Roth born?", library, memory, by: chunker)
      let lines = trace.state?.text.split(separator: "\n").map(String.init) ?? []
      guard let place = lines.firstIndex(of: "She was born in Ulm in 1881.") else {
        Issue.record("\(name): \(lines)")
        continue
      }
      #expect(lines[..<place].last { $0.hasPrefix("#") } == "# Anna Roth", "\(name): \(lines)")
    }
  }

  @Test func `of a wrapped paragraph makes no heading of the next line`() async throws {
    let text = """
      The tower stands on a hill by the sea, and was
      built in 1902. It is made of
      grey granite from the north.

      """
    let trace = try await read("What is the tower made of?", text, memories[1].memory, by: SentenceChunker(count: 1))
    #expect(trace.state?.text.contains("It is made of grey granite from the north.") == true)
    #expect(trace.state?.text.contains("#") == false)
  }
}

@Suite struct `A page` {
  @Test(arguments: memories.indices, [5, 20, 64, 1000])
  func `has words of the text and none of ours`(_ index: Int, _ size: Int) async throws {
    let trace = try await read("Where was Anna Roth born?", library, memories[index].memory, by: ByteChunker(size))
    for step in trace.steps {
      for line in step.after.text.split(separator: "\n") {
        let words = line.hasPrefix("# ") ? line.dropFirst(2) : line[...]
        #expect(words == "#" || library.contains(words), "\(line)")
      }
    }
  }

  /// The chunk's end stood in the page as `Harald.¶⋯` once, so it did not hold `Harald`.
  @Test func `that ends in the middle of the text holds what it says`() async throws {
    let text = "The king was Harald.\nThe queen was\nAstrid and they"
    for size in 1...text.utf8.count {
      var trace = try await read("Who was the king?", text, memories[0].memory, by: ByteChunker(size))
      trace.question.answers = ["Harald"]
      #expect(trace.memoryHolds == true, "\(size): \(trace.state?.text ?? "")")
    }
  }
}
