import Chunkers
import Palimpsest
import SentenceRules
import Testing

private func cut(_ text: String, _ chunker: any Chunker) async throws -> [String] {
  try await chunker.all(of: StringText(text)).compactMap(\.text)
}

@Suite struct `Chunks of tokens` {
  @Test func `have exactly the size but for the last`() async throws {
    // The tokens: It| cost| 12|,|500| dollars|.
    #expect(try await cut("It cost 12,500 dollars.", TokenChunker(size: 3)) == ["It cost 12", ",500 dollars", "."])
  }

  @Test func `go on by whole tokens into the next when they overlap`() async throws {
    #expect(
      try await cut("a b c d e f g", TokenChunker(size: 2).overlapping(by: 2))
        == ["a b c d", " c d e f", " e f g"])
    #expect(try await cut("a b c", TokenChunker(size: 1).overlapping(by: 9)) == ["a b c"])
  }

  @Test func `keep natural begins when they overlap`() async throws {
    #expect(
      try await cut("One two. Three four. Five.", SentenceChunker(count: 1).overlapping(by: 1))
        == ["One two. Three", "Three four. Five", "Five."])
  }

  @Test func `count Unicode scalars with the scalar tokenizer`() async throws {
    // 👩‍🚀 is three scalars.
    #expect(try await cut("ab👩‍🚀c", TokenChunker(size: 3, by: ScalarTokenizer())) == ["ab👩", "\u{200D}🚀c"])
  }

  @Test func `are runs of the whole text's tokens where a border cuts a scalar`() async throws {
    // Borders at 4, 8 and 12 bytes: inside the second 猫, behind the third character, inside none.
    #expect(
      try await cut("猫猫ab猫cdefg", TokenChunker(size: 4, by: ByteTokenizer())) == ["猫", "猫ab", "猫c", "defg"])
  }

  @Test func `take one scalar where even that is over the budget`() async throws {
    #expect(try await cut("猫a", TokenChunker(size: 1, by: ByteTokenizer())) == ["猫", "a"])
  }
}

@Suite struct `Packed chunks` {
  // Mr| Bell is 3 with its period; each sentence: 5, 3, 3 tokens, and one for a space at its end.
  let text = "Mr. Bell rang. Nobody came. He left."

  @Test func `hold whole sentences`() async throws {
    #expect(try await cut(text, SentenceChunker(size: 9)) == ["Mr. Bell rang. Nobody came. ", "He left."])
    #expect(try await cut(text, SentenceChunker(size: 8)) == ["Mr. Bell rang. ", "Nobody came. He left."])
    #expect(try await cut(text, SentenceChunker(size: 100)) == [text])
  }

  @Test func `hold so many sentences and no more`() async throws {
    #expect(try await cut(text, SentenceChunker(count: 1)) == ["Mr. Bell rang. ", "Nobody came. ", "He left."])
    #expect(try await cut(text, SentenceChunker(count: 2)) == ["Mr. Bell rang. Nobody came. ", "He left."])
  }

  @Test func `cut a sentence that is too long behind a word, and a word between scalars`() async throws {
    // one| two| three| four| five: four fit, the space behind the fourth would be one more.
    #expect(try await cut("one two three four five", SentenceChunker(size: 4)) == ["one two three ", "four five"])
    #expect(try await cut("aaaaaaaaaaaaaaaaaaaa", SentenceChunker(size: 1)) == ["aaaaaaaa", "aaaaaaaa", "aaaa"])
  }

  @Test func `hold whole lines`() async throws {
    #expect(try await cut("a b\nc\nd\n", LineChunker(size: 5)) == ["a b\nc\n", "d\n"])
    #expect(try await cut("a\r\nb\nc", LineChunker(count: 1)) == ["a\r\n", "b\n", "c"])
  }

  @Test func `hold whole paragraphs, and sentences of those that are too long`() async throws {
    let text = "One one.\nMore.\n\nTwo two.\n\n\nIt is. So it is. Yes it is."
    #expect(
      try await cut(text, ParagraphChunker(count: 1))
        == ["One one.\nMore.\n\n", "Two two.\n\n\n", "It is. So it is. Yes it is."])
    // 7 tokens, 4, and 11: the last is cut behind its second sentence, 7 and a space.
    #expect(
      try await cut(text, ParagraphChunker(size: 8))
        == ["One one.\nMore.\n\n", "Two two.\n\n\n", "It is. So it is. ", "Yes it is."])
  }
}

@Test func `the page on chunkers shows what they do`() async throws {
  let text = "Mr. Bell rang. Nobody came. He left."
  #expect(
    try await cut(text, SentenceChunker(count: 1).overlapping(by: 1))
      == ["Mr. Bell rang. Nobody", "Nobody came. He", "He left."])
  #expect(try await cut(text, TokenChunker(size: 3)) == ["Mr. Bell", " rang. Nobody", " came. He", " left."])
  #expect(
    Sentences.of("Dr. Hall paid $3.50. \"Why?\" he asked.") == ["Dr. Hall paid $3.50. ", "\"Why?\" he asked."])
}

@Suite struct `A chunk` {
  private func endings(_ text: String, _ chunker: any Chunker) async throws -> [Chunk.Ending] {
    try await chunker.all(of: PiecedText(text, size: 3)).map(\.ending)
  }

  @Test func `says whether it ends on a unit, at a size, or with the text`() async throws {
    let text = "Mr. Bell rang. Nobody came. He left."
    #expect(try await endings(text, SentenceChunker(count: 1)) == [.unit, .unit, .text])
    #expect(try await endings("a\nb\n", LineChunker(count: 1)) == [.unit, .text])
    #expect(try await endings("One.\n\nTwo.\n\n", ParagraphChunker(count: 1)) == [.unit, .text])
    #expect(try await endings(text, TokenChunker(size: 4)) == [.cut, .cut, .text])
    // A sentence longer than a chunk is cut behind a word.
    #expect(try await endings("one two three four five", SentenceChunker(size: 4)) == [.cut, .text])
    // What goes on into the next chunk ends where its overlap does.
    #expect(
      try await endings(text, SentenceChunker(count: 1).overlapping(by: 1)) == [.cut, .cut, .text])
  }
}

@Suite struct `Semantic chunks` {
  @Test func `end where the vocabulary changes`() async throws {
    let whales = (1...12).map { "The whale swam past ship \($0) and the whalers lowered boats after the whale. " }
    let bread = (1...12).map { "Knead flour and yeast, then bake loaf \($0) of bread in the baking oven. " }
    let text = (whales + bread).joined()
    let chunks = try await cut(text, SemanticChunker(size: 300, least: 20, block: 40))
    #expect(chunks.first == whales.joined())
  }

  @Test func `are never shorter than the least but at the end`() async throws {
    let text = String(repeating: "A short one. Another one follows. Bread is baked. ", count: 30)
    let chunks = try await cut(text, SemanticChunker(size: 60, least: 30, block: 10))
    for chunk in chunks.dropLast() { #expect(30...60 ~= WordTokenizer().count(chunk) + 1) }
    #expect(chunks.joined() == text)
  }
}
