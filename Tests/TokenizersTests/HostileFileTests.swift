import Foundation
import Palimpsest
import Testing
import Tokenizers

@Suite struct `A tokenizer's file that does not fit together` {
  private static let good: String = BytePairTrainer(size: 300).train(on: ["the theme of the whale"], name: "g").json

  private func error(_ json: String) -> TokenizerError? {
    do {
      _ = try BytePairTokenizer(json: Array(json.utf8), file: "f.json", name: "f")
      return nil
    } catch let error as TokenizerError {
      return error
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  private func replacing(_ old: String, _ new: String) -> String {
    #expect(Self.good.contains(old), "the file has no \(old)")
    return Self.good.replacing(old, with: new)
  }

  @Test func `is read where nothing is wrong`() { #expect(error(Self.good) == nil) }

  @Test func `is refused with the key, what was expected and what was found`() {
    let cases: [(json: String, mentions: [String])] = [
      (replacing("\"type\":\"BPE\"", "\"type\":\"WordPiece\""), ["model.type", "WordPiece"]),
      (replacing("\"dropout\":null", "\"dropout\":0.1"), ["model.dropout", "0.1"]),
      (replacing("\"byte_fallback\":false", "\"byte_fallback\":true"), ["byte_fallback"]),
      (replacing("\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}"), ["normalizer.type", "Lowercase"]),
      (replacing("\"id\":0,\"content\"", "\"id\":7,\"content\""), ["added_tokens.0.id"]),
      (replacing("\"id\":0,\"content\"", "\"id\":-1,\"content\""), ["added_tokens.0.id", "-1"]),
      (replacing("\"a\":", "\"a\":1,\"aa\":"), ["model.vocab"]),
      (replacing("\"h e\"", "\"h ee\""), ["model.merges", "ee"]),
      (replacing("\"h e\"", "\"h\""), ["model.merges", "two tokens"]),
      (replacing("\"h e\"", "[\"h\",\"e\",\"e\"]"), ["model.merges"]),
      (replacing("\"h e\"", "\"h e\",\"h e\""), ["model.merges", "once"]),
      (replacing("\"h e\"", "\"q z\""), ["model.merges", "qz"]),
      (replacing("\"version\"", "\"surprise\":1,\"version\""), ["surprise"]),
      (
        replacing("\"ByteLevel\",\"add_prefix_space\":false", "\"Whitespace\",\"add_prefix_space\":false"),
        ["pre_tokenizer"]
      ),
      (replacing("\"Isolated\"", "\"MergedWithNext\""), ["behavior", "MergedWithNext"]),
      (
        replacing("\"post_processor\":{\"type\":\"ByteLevel\"", "\"post_processor\":{\"type\":\"Bert\""),
        ["post_processor", "Bert"]
      ),
    ]
    for (json, mentions) in cases {
      let description = error(json)?.description ?? "nothing"
      for word in mentions + ["f.json"] { #expect(description.contains(word), "\(word) is not in: \(description)") }
    }
  }

  @Test func `without its merges is refused`() throws {
    let whole = try #require(Self.good.range(of: ",\n\"merges\""))
    let without = Self.good[..<whole.lowerBound] + "}}"
    #expect(error(String(without))?.description.contains("model.merges") ?? false)
    let empty = Self.good[..<whole.lowerBound] + ",\"merges\":[]}}"
    #expect(error(String(empty))?.description.contains("model.merges") ?? false)
  }

  @Test func `with an unknown pattern prints the pattern`() {
    let odd = replacing("\\\\p{N}|", "\\\\p{Nd}|")
    #expect(error(odd)?.description.contains(#"\p{Nd}"#) ?? false)
  }

  @Test func `in which a key stands twice is refused, and one nested too deep`() {
    #expect(error(replacing("\"version\"", "\"version\":\"2\",\"version\""))?.description.contains("twice") ?? false)
    #expect(error(String(repeating: "[", count: 100_000))?.description.contains("deep") ?? false)
    #expect(error("")?.description.contains("byte 0") ?? false)
  }

  @Test func `never traps, however its bytes are changed`() {
    let original = Array(Self.good.utf8)
    var random = SeededGenerator(seed: 5, purpose: "hostile tokenizers")
    let rounds = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] == nil ? 1500 : 200_000
    var accepted = 0
    for _ in 0..<rounds {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
        case 3: bytes.removeSubrange(place...)
        default:
          let end = min(place + Int.random(in: 1...30, using: &random), bytes.count)
          bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        }
        if bytes.isEmpty { break }
      }
      // What is accepted must work.
      if let tokenizer = try? BytePairTokenizer(json: bytes, name: "mutated") {
        accepted += 1
        #expect(tokenizer.decode(tokenizer.encode("the whale \u{0} 12")).isEmpty == false)
      }
    }
    #expect(accepted > 0)
  }
}
