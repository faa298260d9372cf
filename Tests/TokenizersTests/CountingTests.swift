import Chunkers
import Foundation
import Palimpsest
import Support
import Testing
import Tokenizers

/// What a whole text's ids are in runs of a size, and where their text may be compared with a chunk.
private struct Runs {
  /// Bytes of each run, as the vocabulary has them.
  let texts: [[UInt8]]

  init(of text: String, by tokenizer: BytePairTokenizer, size: Int) {
    let ids = tokenizer.encode(text)
    texts = stride(from: 0, to: ids.count, by: size).map { start in
      ids[start..<min(start + size, ids.count)].flatMap { tokenizer.bytes(of: $0) ?? [] }
    }
  }

  /// The run as text, where both its ends are borders between scalars.
  func text(_ index: Int) -> String? {
    let bytes = texts[index]
    let isBorder = index + 1 == texts.count || texts[index + 1].first.map { $0 & 0xC0 != 0x80 } ?? true
    guard isBorder, bytes.first.map({ $0 & 0xC0 != 0x80 }) ?? true else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

@Suite struct `Chunks of a checkpoint's tokens` {
  private func chunks(
    of text: String, by tokenizer: BytePairTokenizer, size: Int, piece: Int = 65_536
  ) async throws -> [Chunk] {
    try await TokenChunker(size: size, by: tokenizer).chunks(of: Pieces(text, of: piece))
      .reduce(into: []) { $0.append($1) }
  }

  /// Compares every chunk with its run of the whole text's ids.
  ///
  /// - Returns: how many were compared.
  private func compare(_ text: String, by tokenizer: BytePairTokenizer, size: Int) async throws -> Int {
    let runs = Runs(of: text, by: tokenizer, size: size)
    let found = try await chunks(of: text, by: tokenizer, size: size)
    #expect(found.compactMap(\.text).joined() == text)
    #expect(found.count == runs.texts.count, "\(tokenizer.name), \(size): \(text.prefix(60).debugDescription)")
    var compared = 0
    for (index, chunk) in found.enumerated() where index < runs.texts.count {
      guard var expected = runs.text(index) else { continue }
      // There is no place inside what normalization changed: it belongs to the chunk in which it ends.
      if let form = tokenizer.normalization,
        [chunk.range.lowerBound, chunk.range.upperBound].contains(where: { isChanged(text, at: $0, by: form) })
      {
        continue
      }
      #expect(chunk.ahead == 0, "\(tokenizer.name), \(size), chunk \(index)")
      var shown = chunk.text ?? ""
      if index == 0, tokenizer.name == "spaced", !text.utf8.starts(with: " ".utf8) {
        expected.unicodeScalars.removeFirst()
      }
      if let form = tokenizer.normalization { shown = form.normalized(shown) }
      compared += 1
      guard Array(shown.utf8) != Array(expected.utf8) else { continue }
      let difference =
        "\(String(shown.suffix(40)).debugDescription), not \(String(expected.suffix(40)).debugDescription)"
      Issue.record("\(tokenizer.name), \(size), chunk \(index): \(difference)")
      return compared
    }
    return compared
  }

  /// Whether normalization changes the character that stands at a place.
  private func isChanged(_ text: String, at place: Int, by form: Normalization) -> Bool {
    let rest = text.utf8.dropFirst(place).prefix(64)
    guard let first = String(decoding: rest, as: UTF8.self).first else { return false }
    return !form.normalized(String(first)).utf8.elementsEqual(String(first).utf8)
  }

  static let texts: [String] = {
    let pieces = (try? LinesOfText.pieces()) ?? []
    let hard = ((try? Fixtures.lines("qwen2")) ?? []).compactMap(\.text).filter { $0.utf8.count <= 4000 }
    let generated: [String] = Array(LinesOfText(pieces: pieces, seed: 9).prefix(60))
    let joined: [String] = [hard.joined(separator: "\n")]
    return joined + hard.filter { $0.utf8.count > 40 } + generated
  }()

  @Test(arguments: ["gpt2", "qwen2", "llama3", "digits", "spaced"], [5, 8, 37])
  func `are the whole text's ids in runs, on hard lines`(_ name: String, _ size: Int) async throws {
    let tokenizer = try Fixtures.tokenizer(name)
    // Where normalization takes one scalar apart into more tokens than a chunk has, counting begins anew.
    for text in Self.texts where tokenizer.normalization == nil || size > 8 {
      _ = try await compare(text, by: tokenizer, size: size)
    }
  }

  @Test(
    .enabled(if: SharedData.isPresent, "needs the texts in ../shared/data"),
    arguments: Fixtures.exact,
    ["books/moby-dick.txt", "books/frankenstein.txt", "rfc/rfc2616.txt", "rfc/rfc3501.txt"])
  func `are the whole text's ids in runs, on books and RFCs`(_ name: String, _ path: String) async throws {
    let text = try String(contentsOf: try #require(SharedData.file(path)), encoding: .utf8)
    let tokenizer = try Fixtures.tokenizer(name)
    for size in [500, 1024] { #expect(try await compare(text, by: tokenizer, size: size) > 50) }
  }

  /// Code: tabs of blanks, marks side by side, names in camel case, no sentences.
  @Test(arguments: Fixtures.exact)
  func `are the whole text's ids in runs, on code`(_ name: String) async throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
    let code = try files.sorted().map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }.joined()
    for size in [16, 100, 500] { #expect(try await compare(code, by: Fixtures.tokenizer(name), size: size) > 20) }
  }

  @Test(arguments: Fixtures.names)
  func `are the same whatever the size of the pieces, and from any chunk on`(_ name: String) async throws {
    let tokenizer = try Fixtures.tokenizer(name)
    let text = Self.texts[0]
    for size in [3, 40] {
      let whole = try await chunks(of: text, by: tokenizer, size: size)
      for piece in [1, 13] { #expect(try await chunks(of: text, by: tokenizer, size: size, piece: piece) == whole) }
      let chunker = TokenChunker(size: size, by: tokenizer)
      for stop in stride(from: 0, to: whole.count - 1, by: max(1, whole.count / 7)) {
        let rest = try await Chunks(source: .text(Pieces(text, of: 500)), chunker: chunker, after: whole[stop])
          .reduce(into: []) { $0.append($1) }
        #expect(rest == Array(whole[(stop + 1)...]), "\(size), behind chunk \(stop)")
      }
    }
  }

  /// Three tokens of one byte each, in a vocabulary that never saw the character.
  @Test func `leave a scalar that a border cuts to the chunk in which it ends`() async throws {
    let tokenizer = try Fixtures.tokenizer("gpt2")
    let text = String(repeating: "犇", count: 40) + " the end"
    let perScalar = tokenizer.count("犇")
    try #require(perScalar == 3, "the fixture has no token for it")
    let found = try await chunks(of: text, by: tokenizer, size: 10)
    // Borders at 10, 20, 30 tokens: behind 3 scalars and 1 token, 6 and 2, 10.
    #expect(found.prefix(3).map(\.text!.count) == [3, 3, 4])
    #expect(found.prefix(3).map(\.ahead) == [1, 2, 0])
    #expect(try await compare(text, by: tokenizer, size: 9) > 10)
  }

  @Test func `overlap by tokens of the whole text`() async throws {
    let tokenizer = try Fixtures.tokenizer("llama3")
    let text = String(repeating: "    if (count==1) { unbelievable(1234567); }\n", count: 30)
    let ids = tokenizer.encode(text)
    let found = try await TokenChunker(size: 7, by: tokenizer).overlapping(by: 3).chunks(of: StringText(text))
      .reduce(into: []) { $0.append($1) }
    for (index, chunk) in found.enumerated() {
      #expect(chunk.text == tokenizer.decode(ids[(7 * index)..<min(7 * index + 10, ids.count)]))
    }
  }

  /// Nothing of it is known but one word without a border, longer than what is looked at.
  @Test(arguments: Fixtures.names)
  func `come to an end in a word without an end`(_ name: String) async throws {
    let text = String(repeating: "abcdefgh", count: 20_000)
    let found = try await chunks(of: text, by: Fixtures.tokenizer(name), size: 100)
    #expect(found.compactMap(\.text).joined() == text)
  }
}

private struct Pieces: TextSource {
  let bytes: [UInt8]
  let size: Int

  init(_ text: String, of size: Int) {
    bytes = Array(text.utf8)
    self.size = size
  }

  func piece(from offset: Int) -> [UInt8]? {
    offset < bytes.count ? Array(bytes[offset..<min(offset + size, bytes.count)]) : nil
  }
}
