import Foundation
import Testing
import Tokenizers

/// What the reference implementation said, made by Tests/Fixtures/Tokenizers/make.py.
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/Tokenizers")

  /// Vocabularies in which each byte of a text is a byte of one token.
  static let exact = ["gpt2", "qwen2", "llama3", "digits", "spaced"]
  /// Of bytes, some of which have no token; and of scalars, made by more.py.
  static let names = exact + ["smollm", "llama", "mistral", "metaspace"]
  /// Those that put a space before a text, and so before the rest behind a cut too.
  static let spacing: Set<String> = ["spaced", "llama", "mistral", "metaspace"]

  static func json(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: "\(name).json")))
  }

  static func tokenizer(_ name: String) throws -> BytePairTokenizer {
    try BytePairTokenizer(json: json(name), file: "\(name).json", name: name)
  }

  struct Line: Decodable {
    var text: String
    var plain: [Int]
    var ordinary: [Int]
    var all: [Int]
    var framed: [Int]
    var decoded: String
  }

  static func lines(_ name: String) throws -> [Line] {
    try JSONDecoder().decode([Line].self, from: Data(contentsOf: folder.appending(path: "\(name).lines.json")))
  }

  struct Hashes: Decodable {
    var generated: [String]
    /// By name: how many lines, and the hash of their ids and of the whole text's.
    var corpora: [String: Corpus]

    struct Corpus: Decodable {
      var lines: Int
      var hash: String
      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        lines = try values.decode(Int.self)
        hash = try values.decode(String.self)
      }
    }
  }

  static func hashes(_ name: String) throws -> Hashes {
    let all = try JSONDecoder().decode(
      [String: Hashes].self, from: Data(contentsOf: folder.appending(path: "hashes.json")))
    return try #require(all[name])
  }
}
