import Foundation
import Tokenizers

/// Text to token ids on one thread, in MB of text, with the small vocabularies of the tests: from a
/// string in memory to an array of ids.
let tokenizerSuite = Suite(
  name: "tokenizers", summary: "MB of text turned into token ids in a second",
  figures: ["gpt2", "qwen2", "llama3"].flatMap { name in
    [
      encoding(name, "", seconds: 0.5) { $0 },
      // Every word new: what merging costs when no cache helps.
      encoding(name, ".new-words", seconds: 0.5) { Corpus.newWords(bytes: $0.utf8.count) },
    ]
  } + [
    encoding("llama3", ".one-letter", seconds: 0.5) { String(repeating: "a", count: $0.utf8.count) },
    Suite.Figure(name: "tokenizers.decoding") { input in
      let text = try Corpus.text(input)
      let tokenizer = try fixture("llama3")
      let ids = tokenizer.encode(text)
      return await .speed("tokenizers.decoding", of: Double(text.utf8.count) / 1e6, "MB/s") {
        tokenizer.decode(ids).utf8.count
      }
    },
    Suite.Figure(name: "tokenizers.counting") { input in
      let text = try Corpus.text(input)
      let tokenizer = try fixture("llama3")
      return await .speed("tokenizers.counting", of: Double(text.utf8.count) / 1e6, "MB/s") { tokenizer.count(text) }
    },
  ])

private func encoding(
  _ name: String, _ suffix: String, seconds: Double, _ change: @escaping @Sendable (String) -> String
) -> Suite.Figure {
  Suite.Figure(name: "tokenizers.\(name)\(suffix)") { input in
    let text = change(try Corpus.text(input))
    let tokenizer = try fixture(name)
    return await .speed(
      "tokenizers.\(name)\(suffix)", of: Double(text.utf8.count) / 1e6, "MB/s", seconds: seconds
    ) {
      tokenizer.encode(text).count
    }
  }
}

/// The tokenizer that `Tests/Fixtures/Tokenizers/make.py` trained.
private func fixture(_ name: String) throws -> BytePairTokenizer {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/Tokenizers")
  let file = folder.appending(path: "\(name).json")
  return try BytePairTokenizer(json: [UInt8](Data(contentsOf: file)), file: file.path, name: name)
}

extension Corpus {
  /// Words of eight letters with a space before each, hardly any twice.
  static func newWords(bytes: Int) -> String {
    var state: UInt64 = 1
    var text: [UInt8] = []
    while text.count < bytes {
      text.append(0x20)
      for _ in 0..<8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.append(97 + UInt8((state >> 33) % 26))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Writes the ids that a text has, so that a peer's can be compared before anything is timed.
func printIDs(of text: Data, tokenizer file: String) throws {
  let json = [UInt8](try Data(contentsOf: URL(filePath: file)))
  let ids = try BytePairTokenizer(json: json, file: file, name: file).encode(String(decoding: text, as: UTF8.self))
  FileHandle.standardOutput.write(Data(ids.map(String.init).joined(separator: "\n").utf8))
}
