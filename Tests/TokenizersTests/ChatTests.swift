import Foundation
import Support
import Testing
import Tokenizers

@Suite struct `A chat format` {
  private func tokenizer(with markers: [String]) -> BytePairTokenizer {
    BytePairTrainer(size: 300 + markers.count, specialTokens: markers)
      .train(on: ["user\nassistant\nsystem\n"], name: "markers")
  }

  private func text(_ name: String, _ messages: [ChatMessage]) throws -> String {
    let format = try #require(ChatFormat.all.first { $0.name == name })
    let tokenizer = tokenizer(with: format.markers)
    return tokenizer.decode(try format.render(messages, with: tokenizer).ids)
  }

  private let talk: [ChatMessage] = [
    ChatMessage(.user, "Hi"), ChatMessage(.assistant, "<think>\nhm\n</think>\n\nHello"), ChatMessage(.user, " Who? "),
  ]

  @Test func `of Qwen2.5 begins with its authors' sentence`() throws {
    #expect(
      try text("qwen2.5", [ChatMessage(.user, "Hi")]) == """
        <|im_start|>system
        You are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>
        <|im_start|>user
        Hi<|im_end|>
        <|im_start|>assistant

        """)
  }

  @Test func `of Qwen3 leaves out what earlier turns thought`() throws {
    #expect(
      try text("qwen3", talk) == """
        <|im_start|>user
        Hi<|im_end|>
        <|im_start|>assistant
        Hello<|im_end|>
        <|im_start|>user
         Who? <|im_end|>
        <|im_start|>assistant

        """)
  }

  @Test func `of Llama 3 trims, and begins with begin-of-text`() throws {
    #expect(
      try text("llama3", [ChatMessage(.system, "Be brief."), ChatMessage(.user, " Who? ")])
        == "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")
  }

  @Test func `of Llama 3.1 has a system's turn with dates`() throws {
    #expect(
      try text("llama3.1", [ChatMessage(.user, "Who?")])
        == "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
        + "Today Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n")
  }

  @Test func `of the first Mistral has no system's turn`() throws {
    #expect(try text("mistral", talk) == "<s>[INST] Hi [/INST]<think>\nhm\n</think>\n\nHello</s>[INST]  Who?  [/INST]")
    #expect(throws: TokenizerError.self) {
      try text("mistral", [ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi")])
    }
  }

  @Test func `of Mistral puts the system's text before the last user's`() throws {
    let messages = [ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi"), ChatMessage(.assistant, "Hello")]
    let asked = messages + [ChatMessage(.user, "Who?")]
    #expect(
      try text("mistral-v3-tekken", asked) == "<s>[INST]Hi[/INST]Hello</s>[INST]Be brief.\n\nWho?[/INST]")
    #expect(try text("mistral-v3", asked) == "<s>[INST] Hi[/INST] Hello</s>[INST] Be brief.\n\nWho?[/INST]")
  }

  @Test(arguments: ChatFormat.all.map(\.name))
  func `lets no text make a marker`(_ name: String) throws {
    let format = try #require(ChatFormat.all.first { $0.name == name })
    let tokenizer = tokenizer(with: format.markers)
    func marks(_ content: String) throws -> Int {
      let messages = (name == "mistral" ? [] : [ChatMessage(.system, content)]) + [ChatMessage(.user, content)]
      return try format.render(messages, with: tokenizer).ids.filter(tokenizer.isSpecial).count
    }
    #expect(try marks(format.markers.joined(separator: "x")) == marks("plain"))
  }

  @Test func `needs its markers in the vocabulary`() throws {
    let qwen = try #require(ChatFormat.all.first { $0.name == "qwen2" })
    let tokenizer = try Fixtures.tokenizer("gpt2")
    let error = #expect(throws: TokenizerError.self) { try qwen.render([ChatMessage(.user, "Hi")], with: tokenizer) }
    #expect(error?.description.contains("<|im_start|>") ?? false)
  }

  @Test func `warns of two begin-of-text tokens`() throws {
    let once = try #require(ChatFormat.all.first { $0.name == "llama3" })
    let tokenizer = tokenizer(with: once.markers)
    #expect(try once.render([ChatMessage(.user, "Hi")], with: tokenizer).warnings.isEmpty)
    let source = "{{ bos_token + bos_token + messages[0].content }}"
    let twice = try ChatFormat(template: source, name: "twice", tokens: ["bos_token": "<|begin_of_text|>"])
    #expect(try twice.render([ChatMessage(.user, "Hi")], with: tokenizer).warnings.count == 1)
  }

  @Test func `can be read from a file of ours`() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "format-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(
      #"""
      {"name": "mine", "markers": ["<end>"], "user": "Q: {content}<end>", "assistant": "A: {content}<end>",
       "reply": "A:", "systemPlace": "lastUser", "stops": ["<end>"]}
      """#.utf8
    ).write(to: url)
    let format = try ChatFormat(file: url.path)
    let tokenizer = tokenizer(with: format.markers)
    let rendered = try format.render([ChatMessage(.system, "S"), ChatMessage(.user, "U<end>")], with: tokenizer)
    #expect(tokenizer.decode(rendered.ids) == "Q: S\n\nU<end><end>A:")
    #expect(rendered.ids.filter { $0 == 0 }.count == 1)

    try Data(#"{"name": "mine", "markers": [], "user": "Q", "assistant": "A {content}", "stops": []}"#.utf8)
      .write(to: url)
    #expect(throws: TokenizerError.self) { try ChatFormat(file: url.path) }
  }
}
