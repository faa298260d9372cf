import MemoryControls
import Palimpsest
import PolicyScripted
import Support
import Testing

@Suite struct `The BM25 control` {
  private let text = """
    Document 1:
    Anna Roth
    She was born in Ulm. She kept cats.

    Document 2:
    Barley
    Barley is a cereal. Beer is made from it.
    """

  @Test(arguments: [5, 40, 1000])
  func `recalls the best sentences under their headings, however the text is cut`(_ size: Int) async throws {
    var memory = BM25Memory(tokens: 12)
    let question = Question(id: "q", ask: "Where was Anna Roth born?", source: .text(text))
    for try await chunk in ByteChunker(size).chunks(of: StringText(text)) {
      let draft = try await memory.draft(from: chunk, for: question, with: RecordedPolicy([]))
      _ = memory.write(draft, strength: 1)
    }
    #expect(try await memory.recall(for: Cue(question)).text == "# Anna Roth\nShe was born in Ulm.")
    #expect(memory.state.text == text)
  }

  @Test func `recalls nothing for a question that shares no word with the text`() async throws {
    var memory = BM25Memory(tokens: 100)
    let question = Question(id: "q", ask: "Why?", source: .text(text))
    for try await chunk in ByteChunker(50).chunks(of: StringText(text)) {
      _ = memory.write(try await memory.draft(from: chunk, for: question, with: RecordedPolicy([])), strength: 1)
    }
    #expect(try await memory.recall(for: Cue(question)).used.isEmpty)
  }
}
