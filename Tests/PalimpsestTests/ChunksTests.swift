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
    #expect(parts.map(\.text).joined() == Self.text)
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

  @Test func `of nothing is no chunk`() async throws {
    #expect(try await chunks(of: "", by: ByteChunker(4)).isEmpty)
  }

  @Test(arguments: [1, 3, 1000])
  func `that is not UTF-8 says where, after the chunks before it`(_ size: Int) async throws {
    // The bad byte is at offset 10; the chunk it would stand in is never made.
    let bytes = Array("abcdefghi".utf8) + [0xC3] + Array("(jkl".utf8)
    var seen: [String] = []
    await #expect(throws: TextError.notUTF8(offset: 9, byte: 0xC3)) {
      for try await chunk in ByteChunker(4).chunks(of: PiecewiseText(bytes, size: size)) { seen.append(chunk.text) }
    }
    #expect(seen == ["abcd", "efgh"])
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
