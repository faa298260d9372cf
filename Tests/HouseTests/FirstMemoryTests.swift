import Foundation
import Palimpsest
import Support
import Testing

// The README shows this type as the example of a new memory; the test below holds the two together.
// BEGIN first-memory
/// The newest chunks as they stand, each in a slot; the oldest leaves when the budget is full.
public struct RecentMemory: Memory {
  public var state: MemoryState
  private let tokenizer: any Tokenizer

  public init(tokens: Int, tokenizer: any Tokenizer) {
    state = MemoryState(budget: Budget(tokens: tokens))
    self.tokenizer = tokenizer
  }

  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
    let text = chunk.text ?? ""
    let slot = Slot(
      id: chunk.index, content: .text(text), tokens: tokenizer.count(text), origins: [chunk.index])
    return Draft(edits: [.write(slot, because: "recent")])
  }

  public func recall(for cue: Cue, with caller: Caller) -> Recollection {
    .text(state.text, used: state.slots.map(\.id))
  }
}
// END first-memory

struct RecentSettings: Codable, Sendable { var tokens = 1024 }

let recent: Catalog<any Memory>.Entry =
  // BEGIN first-memory-line
  .init("recent", "the newest chunks, whole; the oldest leaves", defaults: RecentSettings()) { settings, setup in
    RecentMemory(tokens: settings.tokens, tokenizer: setup.tokenizer)
  }
// END first-memory-line

@Suite struct `The README's example` {
  private func readme(_ mark: String) throws -> String {
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let start = try #require(text.range(of: "<!-- \(mark) -->\n```swift\n")).upperBound
    let end = try #require(text.range(of: "\n```", range: start..<text.endIndex)).lowerBound
    return plain(String(text[start..<end]))
  }

  private func source(_ mark: String) throws -> String {
    let text = try String(contentsOfFile: #filePath, encoding: .utf8)
    let start = try #require(text.range(of: "BEGIN \(mark)\n")).upperBound
    let end = try #require(text.range(of: "// END \(mark)\n")).lowerBound
    return plain(String(text[start..<end]))
  }

  private func plain(_ code: String) -> String {
    code.split(separator: "\n").filter { !$0.hasPrefix("import ") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
  }

  @Test(arguments: ["first-memory", "first-memory-line"])
  func `is the code that is compiled here`(_ mark: String) throws {
    #expect(try readme(mark) == source(mark))
  }

  @Test func `keeps the newest chunks within its budget`() async throws {
    let memory = try Catalog("memory", [recent]).make(Spec("recent", ["tokens": 2]))
    let reader = Reader(
      chunker: ByteChunker(4), memory: memory, gate: OpenAlways(), policy: Silent())
    let trace = try await reader.scan(Question(id: "q", ask: "?", source: .text("aaaabbbbccccdddd")))
    #expect(trace.state?.slots.compactMap(\.text) == ["cccc", "dddd"])
  }
}

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private struct OpenAlways: Gate {
  func decide(on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState) -> Decision {
    Decision(write: 1)
  }
}

private struct Silent: Policy {
  let name = "silent"
  func reply(to prompt: Prompt, sampling: Sampling, call: CallID) -> Reply { Reply("") }
}
