import Foundation
import Testing
import Tokenizers

@Suite struct `A tokenizer's second file` {
  private let tokenizer: BytePairTokenizer

  init() throws { tokenizer = try Fixtures.tokenizer("llama3") }

  private func entry(_ token: AddedToken, _ changes: [String: String] = [:]) -> String {
    let fields = [
      "content": "\"\(token.content)\"", "special": "\(token.isSpecial)", "single_word": "\(token.isSingleWord)",
      "lstrip": "\(token.takesBlanksBefore)", "rstrip": "\(token.takesBlanksBehind)",
      "normalized": "\(token.isNormalized)",
    ].merging(changes) { $1 }
    return "\"\(token.id)\":{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  private func error(_ json: String) -> TokenizerError? {
    do {
      try tokenizer.check(against: TokenizerConfiguration(json: Array(json.utf8)))
      return nil
    } catch let error as TokenizerError {
      return error
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  @Test func `that says the same is accepted, and so is one that says less`() throws {
    let entries = tokenizer.addedTokens.map { entry($0) }.joined(separator: ",")
    let begin = try #require(tokenizer.addedTokens.first).content
    #expect(!tokenizer.addedTokens.isEmpty)
    #expect(error(#"{"added_tokens_decoder":{\#(entries)},"bos_token":"\#(begin)","x":[1]}"#) == nil)
    #expect(error(#"{"eos_token":{"content":"\#(begin)"},"bos_token":null}"#) == nil)
    #expect(error("{}") == nil)
  }

  @Test(arguments: ["special", "single_word", "lstrip", "rstrip", "normalized"])
  func `that turns a flag is refused with the token's name`(_ flag: String) throws {
    let token = try #require(tokenizer.addedTokens.first)
    let ours: [String: Bool] = [
      "special": token.isSpecial, "single_word": token.isSingleWord, "lstrip": token.takesBlanksBefore,
      "rstrip": token.takesBlanksBehind, "normalized": token.isNormalized,
    ]
    let turned = entry(token, [flag: "\(!(ours[flag] ?? false))"])
    let found = error(#"{"added_tokens_decoder":{\#(turned)}}"#)
    guard case .unexpected(_, "added_tokens_decoder.\(token.id).\(flag)", _, let what)? = found else {
      throw try #require(found)
    }
    #expect(what.contains(token.content))
  }

  @Test func `that names other tokens is refused`() throws {
    let tokens = tokenizer.addedTokens
    let (first, second) = (try #require(tokens.first), try #require(tokens.dropFirst().first))
    let cases: [(json: String, key: String, mentions: String)] = [
      (entry(first, ["content": "\"<|other|>\""]), "added_tokens_decoder.\(first.id).content", "<|other|>"),
      (entry(first, ["content": "\"\(second.content)\""]), "added_tokens_decoder.\(first.id).content", second.content),
      (#""77":{"content":"<|new|>"}"#, "added_tokens_decoder.77", "<|new|>"),
      (#""77":{"content":"\#(first.content)"}"#, "added_tokens_decoder.77", "the id \(first.id)"),
      (#""-1":{"content":"x"}"#, "added_tokens_decoder.-1", "id from 0"),
      (#""01":{"content":"x"}"#, "added_tokens_decoder.01", "id from 0"),
      (#""1e3":{"content":"x"}"#, "added_tokens_decoder.1e3", "id from 0"),
      (#""99999999999999999999":{"content":"x"}"#, "added_tokens_decoder.99999999999999999999", "id from 0"),
      (#""77":{"content":null}"#, "added_tokens_decoder.77.content", "null"),
      (#""77":7"#, "added_tokens_decoder.77", "7"),
    ]
    for (json, key, mentions) in cases {
      let found = error(#"{"added_tokens_decoder":{\#(json)}}"#)
      guard case .unexpected(_, key, _, _)? = found else { throw try #require(found) }
      #expect(found?.description.contains(mentions) ?? false, "\(found?.description ?? "")")
    }
    for (json, key) in [
      (#"{"bos_token":"<|nobody|>"}"#, "bos_token"), (#"{"eos_token":["</s>"]}"#, "eos_token"),
      (#"{"added_tokens_decoder":[]}"#, "added_tokens_decoder"),
    ] {
      guard case .unexpected(_, key, _, _)? = error(json) else { throw try #require(error(json)) }
    }
    guard case .malformed? = error(#"{"bos_token":"a","bos_token":"b"}"#) else {
      throw try #require(error(#"{"bos_token":"a","bos_token":"b"}"#))
    }
  }

  @Test func `is looked at whenever a folder is opened`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // the system clears what is left
    try Data(Fixtures.json("llama3")).write(to: folder.appending(path: "tokenizer.json"))
    _ = try BytePairTokenizer(folder: folder.path)
    let second = folder.appending(path: "tokenizer_config.json")
    try Data("{}".utf8).write(to: second)
    _ = try BytePairTokenizer(folder: folder.path)
    try Data(#"{"bos_token":"<|nobody|>"}"#.utf8).write(to: second)
    let error = #expect(throws: TokenizerError.self) { try BytePairTokenizer(folder: folder.path) }
    #expect(error?.description.contains("tokenizer_config.json") ?? false)
  }

  @Test func `would put a second begin-of-text before a chat that has one`() throws {
    let opening = try #require(tokenizer.opening.last)
    let text = tokenizer.encode("hello")
    let whole = RenderedChat(ids: [opening] + text, warnings: [])
    #expect(whole.warning(behindOpeningOf: tokenizer)?.contains("\(opening)") ?? false)
    #expect(RenderedChat(ids: text, warnings: []).warning(behindOpeningOf: tokenizer) == nil)
    #expect(RenderedChat(ids: [], warnings: []).warning(behindOpeningOf: tokenizer) == nil)
    let without = try Fixtures.tokenizer("qwen2")
    #expect(without.opening.isEmpty && whole.warning(behindOpeningOf: without) == nil)
  }
}
