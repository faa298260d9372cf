import Foundation
import Support
import Testing
import Tokenizers

@Suite struct `Every way of splitting agrees with the reference implementation` {
  @Test(arguments: Fixtures.names)
  func `on hard lines, with and without added tokens`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for line in try Fixtures.lines(name) {
      let title = "\(line.text.prefix(60).debugDescription)"
      #expect(tokenizer.encode(line.text) == line.plain, "\(title)")
      #expect(tokenizer.encode(line.text, matching: .ordinary) == line.ordinary, "\(title)")
      #expect(tokenizer.encode(line.text, matching: .all) == line.all, "\(title)")
      #expect(tokenizer.opening + line.all + tokenizer.closing == line.framed, "\(title)")
      #expect(tokenizer.decode(line.plain) == line.decoded, "\(title)")
    }
  }

  static let lines = Array(LinesOfText(pieces: (try? LinesOfText.pieces()) ?? []).prefix(100_000))

  @Test(arguments: Fixtures.names)
  func `on a hundred thousand generated lines`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    let blocks = try Fixtures.hashes(name).generated
    #expect(blocks.count == 100)
    for (index, expected) in blocks.enumerated() {
      var hash = LineHash()
      for line in Self.lines[(1000 * index)..<(1000 * (index + 1))] { hash.add(tokenizer.encode(line)) }
      #expect(hash.text == expected, "lines from \(1000 * index)")
    }
  }

  @Test(
    .enabled(
      if: SharedData.isPresent && ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil,
      "needs the texts in ../shared/data, and PALIMPSEST_LONG"),
    arguments: Fixtures.names)
  func `on whole corpora, line by line and at once`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for (path, corpus) in try Fixtures.hashes(name).corpora {
      let text = try String(contentsOf: try #require(SharedData.file(path)), encoding: .utf8)
      var hash = LineHash()
      var lines = 0
      for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
        hash.add(tokenizer.encode(String(line)))
        lines += 1
      }
      hash.add(tokenizer.encode(text))
      #expect(lines == corpus.lines && hash.text == corpus.hash, "\(path)")
    }
  }
}
