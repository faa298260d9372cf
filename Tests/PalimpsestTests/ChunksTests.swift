import Foundation
import Palimpsest
import Support
import Testing

@Suite struct `A text in chunks` {
  static let text = String(repeating: "Ünïcödé 漢字 and 😀 plain words. ", count: 5)

  @Test(arguments: [1, 2, 3, 5, 64, 10_000])
  func `is cut alike whatever the size of its pieces`(_ size: Int) async throws {
    for chunker in [ByteChunker(7), ByteChunker(20, overlap: 9)] {
      let whole = try await chunks(of: Self.text, by: chunker)
      let pieces = try await chunker.chunks(of: PiecewiseText(Self.text, size: size)).collected()
      #expect(pieces == whole)
    }
  }

  @Test func `is the same text again`() async throws {
    let parts = try await chunks(of: Self.text, by: ByteChunker(7))
    #expect(parts.compactMap(\.text).joined() == Self.text)
    #expect(parts.map(\.index) == Array(parts.indices))
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.range.upperBound == $1.range.lowerBound })
  }

  @Test func `goes on from any chunk as if it had not stopped`() async throws {
    let chunker = ByteChunker(20, overlap: 9)
    let whole = try await chunks(of: Self.text, by: chunker)
    for (index, chunk) in whole.enumerated() {
      let rest = try await chunker.chunks(of: StringText(Self.text), from: chunk.next, index: index + 1).collected()
      #expect(rest == Array(whole[(index + 1)...]), "behind chunk \(index)")
    }
  }

  @Test func `ends where the text ends, with no chunk of mere overlap`() async throws {
    // 12 bytes in chunks of 6 that begin every 3: 0-6, 3-9, 6-12, and no 9-12.
    let parts = try await chunks(of: "abcdefghijkl", by: ByteChunker(6, overlap: 3))
    #expect(parts.map(\.text) == ["abcdef", "defghi", "ghijkl"])
    #expect(parts.map(\.next) == [3, 6, 12])
  }

  /// Cuts all that has arrived, so it cannot know whether the text goes on.
  private struct Greedy: Chunker {
    let limit = 64
    func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? { Cut(min(text.count, 4)) }
  }

  @Test(arguments: [1, 3, 4, 12])
  func `says of the last one that the text ends there, whatever its chunker knows`(_ size: Int) async throws {
    let parts = try await Greedy().chunks(of: PiecewiseText("abcdefgh", size: size)).collected()
    #expect(parts.map(\.text) == ["abcd", "efgh"])
    #expect(parts.map(\.ending) == [.cut, .text])
  }

  /// Cuts behind the byte that stands twice in a row, the first of which may be in the chunk before.
  private struct LookingBack: Chunker {
    let limit = 64
    let lookback = 3
    func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? { cut(text, from: TokenPlace(0), isBegin: true, isEnd: isEnd) }
    func cut(_ text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool) -> Cut? {
      #expect(start.offset <= 3)
      guard text.count >= start.offset + 2 || isEnd else { return nil }
      let isDouble = start.offset > 0 && text[start.offset] == text[start.offset - 1]
      return Cut(isDouble ? 1 : min(2, text.count - start.offset))
    }
  }

  @Test(arguments: [1, 2, 64])
  func `is shown to its chunker with what stands before, wherever reading began`(_ size: Int) async throws {
    let whole = try await LookingBack().chunks(of: PiecewiseText("abbcddde", size: size)).collected()
    #expect(whole.map(\.text) == ["ab", "b", "cd", "d", "d", "e"])
    for (index, chunk) in whole.enumerated() where index < whole.count - 1 {
      let rest = try await Chunks(
        source: .text(PiecewiseText("abbcddde", size: size)), chunker: LookingBack(), after: chunk
      ).collected()
      #expect(rest == Array(whole[(index + 1)...]))
    }
  }

  @Test func `written before chunks said how they end is read as cut`() throws {
    let old = #"{"index":2,"content":{"text":{"_0":"abc"}},"range":[3,6],"next":6}"#
    let chunk = try JSONDecoder().decode(Chunk.self, from: Data(old.utf8))
    #expect(chunk.ending == .cut && chunk.ahead == 0 && chunk.text == "abc")
    let whole = Chunk(index: 0, content: .text("a"), range: 0..<1, ahead: 2, ending: .unit, speaker: "Ann")
    #expect(try JSONDecoder().decode(Chunk.self, from: JSONEncoder().encode(whole)) == whole)
  }

  @Test func `of nothing is no chunk`() async throws {
    #expect(try await chunks(of: "", by: ByteChunker(4)).isEmpty)
  }

  @Test(arguments: [1, 3, 1000])
  func `that is not UTF-8 says where, after the chunks before it`(_ size: Int) async throws {
    // The bad byte is at offset 10; the chunk it would stand in is never made.
    let bytes = Array("abcdefghi".utf8) + [0xC3] + Array("(jkl".utf8)
    var seen: [String] = []
    await #expect(throws: TextError.notUTF8(offset: 9, byte: 0xC3)) {
      for try await chunk in ByteChunker(4).chunks(of: PiecewiseText(bytes, size: size)) {
        seen.append(chunk.text ?? "")
      }
    }
    #expect(seen == ["abcd", "efgh"])
  }

  @Test(arguments: [[0xFF, 0xFE, 0x41, 0], [0xFE, 0xFF, 0, 0x41]] as [[UInt8]])
  func `in UTF-16 is named as such`(_ bytes: [UInt8]) async throws {
    await #expect {
      for try await _ in ByteChunker(4).chunks(of: PiecewiseText(bytes, size: 3)) {}
    } throws: { "\($0)".contains("not UTF-8 but UTF-16") && "\($0)".contains("iconv -f UTF-16") }
  }

  @Test func `that ends inside a scalar is not UTF-8`() async throws {
    await #expect(throws: TextError.notUTF8(offset: 2, byte: 0xE6)) {
      _ = try await ByteChunker(64).chunks(of: PiecewiseText(Array("ab".utf8) + [0xE6, 0xBC], size: 1)).collected()
    }
  }

  @Test func `is pulled no further than is asked for`() async throws {
    let text = EndlessText()
    var chunks = ByteChunker(50).chunks(of: text).makeAsyncIterator()
    for _ in 0..<4 { _ = try await chunks.next() }
    #expect(text.read <= 300)
  }

  private func chunks(of text: String, by chunker: ByteChunker) async throws -> [Chunk] {
    try await chunker.chunks(of: StringText(text)).collected()
  }
}

extension AsyncSequence {
  fileprivate func collected() async throws -> [Element] { try await reduce(into: []) { $0.append($1) } }
}
