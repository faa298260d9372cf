import Checkpoints
import Foundation
import Models
import Testing
import Tokenizers

@Suite struct `The vocabulary of a GGUF file` {
  struct Line: Decodable {
    var text: String
    var plain: [Int]
    var all: [Int]
    var framed: [Int]
  }

  /// The fixtures of the tokenizers, stripped to what a GGUF file keeps of them.
  @Test(arguments: [("gpt2", "gpt-2"), ("qwen2", "qwen2"), ("llama3", "llama-bpe")])
  func `gives the ids of the tokenizer.json that it was made of`(_ name: String, _ preTokenizer: String) throws {
    let vocabulary = try Self.vocabulary(name, preTokenizer)
    let tokenizer = try BytePairTokenizer(json: vocabulary.tokenizerJSON(), file: "test.gguf", name: name)
    let lines = try JSONDecoder().decode(
      [Line].self, from: Data(contentsOf: Self.folder.appending(path: "\(name).lines.json")))
    #expect(lines.count > 20)
    for line in lines {
      #expect(tokenizer.encode(line.text) == line.plain, "\(line.text.debugDescription)")
      #expect(tokenizer.encode(line.text, matching: .all) == line.all, "\(line.text.debugDescription)")
      #expect(tokenizer.opening + line.all + tokenizer.closing == line.framed, "\(line.text.debugDescription)")
    }
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/Tokenizers")

  private static func vocabulary(_ name: String, _ preTokenizer: String) throws -> GGUFVocabulary {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "\(name).json")))
    let root = try #require(json as? [String: Any])
    let model = try #require(root["model"] as? [String: Any])
    let ids = try #require(model["vocab"] as? [String: Int])
    let added = try #require(root["added_tokens"] as? [[String: Any]])
    let count = 1 + max(ids.values.max() ?? 0, added.compactMap { $0["id"] as? Int }.max() ?? 0)
    var tokens = (0..<count).map { "[PAD\($0)]" }
    var types = [Int](repeating: 5, count: count)
    for (token, id) in ids { (tokens[id], types[id]) = (token, 1) }
    for token in added {
      let id = try #require(token["id"] as? Int)
      tokens[id] = try #require(token["content"] as? String)
      types[id] = token["special"] as? Bool == true ? 3 : 4
    }
    var vocabulary = GGUFVocabulary(file: "test.gguf", model: "gpt2", tokens: tokens)
    vocabulary.types = types
    vocabulary.preTokenizer = preTokenizer
    // Older files have the two pieces in one text.
    let pairs = (model["merges"] as? [[String]])?.map { $0.joined(separator: " ") }
    let merges = pairs ?? model["merges"] as? [String]
    vocabulary.merges = try #require(merges)
    vocabulary.begin = tokens.firstIndex(of: "<|begin_of_text|>")
    return vocabulary
  }

  /// As SentencePieceExtractor of Hugging Face's converter makes merges: by score, then by length.
  @Test func `of SentencePiece becomes merges in the order of scores`() throws {
    var vocabulary = GGUFVocabulary(
      file: "test.gguf", model: "llama", tokens: ["<unk>", "<s>", "</s>", "<0x0A>", "▁", "a", "b", "ab", "▁a", "▁ab"])
    vocabulary.types = [2, 3, 3, 6, 1, 1, 1, 1, 1, 1]
    vocabulary.scores = [0, 0, 0, 0, -1, -2, -3, -4, -5, -6]
    vocabulary.unknown = 0
    vocabulary.begin = 1
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(vocabulary.tokenizerJSON())) as? [String: Any])
    let model = try #require(json["model"] as? [String: Any])
    // "▁ab" is "▁" + "ab" or "▁a" + "b": the longer left side goes first.
    #expect(model["merges"] as? [String] == ["a b", "▁ a", "▁a b", "▁ ab"])
    #expect(model["byte_fallback"] as? Bool == true && model["unk_token"] as? String == "<unk>")
    #expect((model["vocab"] as? [String: Int])?["<0x0A>"] == 3)
    #expect(
      (json["added_tokens"] as? [[String: Any]])?.compactMap { $0["content"] as? String } == ["<unk>", "<s>", "</s>"])
    #expect((json["post_processor"] as? [String: Any])?["type"] as? String == "TemplateProcessing")
  }

  @Test func `of an unknown kind, or split by an unknown rule, is refused by key`() throws {
    var vocabulary = GGUFVocabulary(file: "test.gguf", model: "t5", tokens: ["a"])
    #expect(throws: CheckpointError.self) { try vocabulary.tokenizerJSON() }
    vocabulary.model = "gpt2"
    vocabulary.merges = ["a b"]
    vocabulary.preTokenizer = "tekken"
    let error = #expect(throws: CheckpointError.self) { try vocabulary.tokenizerJSON() }
    guard case .unsupported("test.gguf", "tokenizer.ggml.pre", _, "“tekken”")? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// The vocabularies of llama.cpp's own tests, each with texts (`.inp`) and their ids (`.out`): a folder that
/// `PALIMPSEST_VOCABULARIES` names. They come with the source distribution of llama-cpp-python, in
/// `vendor/llama.cpp/models`.
@Suite(.enabled(if: Published.folder != nil, "needs a folder with ggml-vocab-*.gguf: PALIMPSEST_VOCABULARIES"))
struct `A vocabulary that llama.cpp is tested with` {
  @Test(arguments: ["llama-spm", "gpt-2"]) func `gives the ids that stand beside it`(_ name: String) throws {
    let path = "\(try #require(Published.folder))/ggml-vocab-\(name).gguf"
    let tokenizer = try BytePairTokenizer(model: path)
    let texts = try String(contentsOfFile: path + ".inp", encoding: .utf8)
      .components(separatedBy: "\n__ggml_vocab_test__\n")
    let ids = try String(contentsOfFile: path + ".out", encoding: .utf8).components(separatedBy: "\n")
    #expect(texts.count > 40)
    for (text, line) in zip(texts, ids) {
      #expect(tokenizer.encode(text) == line.split(separator: " ").compactMap { Int($0) }, "\(text.debugDescription)")
    }
  }
}

enum Published {
  static let folder = ProcessInfo.processInfo.environment["PALIMPSEST_VOCABULARIES"]
}

/// Its text and ids were made with Hugging Face's tokenizers: Tests/Fixtures/GGUF/smollm2.py.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: RealModel.file), "needs a real model: run make model"))
struct `A language model from one GGUF file` {
  @Test func `gives the ids of the reference, and writes turns as its template has them`() throws {
    let reference = try RealModel.reference()
    let model = try LanguageModel(folder: RealModel.file)
    #expect(model.name == "SmolLM2-135M-Instruct.Q4_1")
    #expect(model.tokenizer.encode(reference.text, matching: .all) == reference.ids)
    let turns = reference.text.components(separatedBy: "<|im_start|>user\n")
    let question = try #require(turns.last).components(separatedBy: "<|im_end|>")[0]
    // The template adds the system's turn by itself.
    let chat = try #require(model.chat)
    #expect(try chat.render([ChatMessage(.user, question)], with: model.tokenizer).ids == reference.ids)
    #expect(model.ends.contains(2) && model.tokenizer.bytes(of: 2) == Array("<|im_end|>".utf8))
    #expect(model.text(of: model.tokenizer.encode("a fjord")) == "a fjord")
  }
}

enum RealModel {
  struct Numbers: Decodable {
    var text: String
    var ids: [Int]
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let file = root.appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf").path

  static func reference() throws -> Numbers {
    try JSONDecoder().decode(
      Numbers.self, from: Data(contentsOf: root.appending(path: "Tests/Fixtures/GGUF/smollm2.json")))
  }
}
