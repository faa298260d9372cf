import Foundation
import Testing
import Tokenizers

@Suite struct `A vocabulary of one's own` {
  @Test func `has the merges that the reference trainer learns`() throws {
    struct Learned: Decodable {
      var vocab: [String: Int]
      var merges: [String]
    }
    let data = try Data(contentsOf: Fixtures.folder.appending(path: "learned.json"))
    let expected = try JSONDecoder().decode(Learned.self, from: data)
    let texts = LinesOfText(pieces: try LinesOfText.pieces(), seed: 3).prefix(3000)
    let tokenizer = BytePairTrainer(size: 1200).train(on: Array(texts), name: "learned")

    struct File: Decodable {
      var model: Learned
    }
    let written = try JSONDecoder().decode(File.self, from: Data(tokenizer.json.utf8)).model
    #expect(written.merges == expected.merges)
    #expect(written.vocab == expected.vocab)
  }

  @Test func `learns aaabdaaabac as the example in every textbook`() {
    // aa (4 times within aaab aaab) is the most frequent pair, then aa+a, then aaa+b.
    let tokenizer = BytePairTrainer(size: 260, specialTokens: []).train(on: ["aaabdaaabac"], name: "a")
    // Pairs: aa 4, ab 2, bd 1, da 1, ba 1, ac 1. Merging aa leaves aa|a|b|d|aa|a|b|a|c.
    #expect(tokenizer.bytes(of: 256) == Array("aa".utf8))
    #expect(tokenizer.encode("aaab").count == 1)
  }

  @Test func `is the same whatever the order of texts`() {
    let texts = ["the whale the whale", "a whale of a time", "the time of the whale"]
    let one = BytePairTrainer(size: 280).train(on: texts, name: "one").json
    #expect(one == BytePairTrainer(size: 280).train(on: texts.reversed(), name: "one").json)
  }

  @Test(arguments: Fixtures.names)
  func `reads back what it wrote, and encodes the same`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    let again = try BytePairTokenizer(json: Array(tokenizer.json.utf8), name: name)
    for line in try Fixtures.lines(name) {
      #expect(again.encode(line.text, matching: .all) == line.all)
      #expect(again.opening + again.encode(line.text) == tokenizer.opening + line.plain)
    }
  }
}
