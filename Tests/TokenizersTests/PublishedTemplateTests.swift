import Foundation
import Jinja
import Testing
import Tokenizers

/// Templates of checkpoints, evaluated: Tests/JinjaTests compares what they write with jinja2.
@Suite struct `The chat template of a folder` {
  private static let templates = Fixtures.folder.deletingLastPathComponent().appending(path: "Templates/templates")

  private static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(at: templates, includingPropertiesForKeys: nil)
    return (files ?? []).map { $0.deletingPathExtension().lastPathComponent }.sorted()
  }()

  private static func source(_ name: String) throws -> String {
    try String(contentsOf: templates.appending(path: "\(name).jinja"), encoding: .utf8)
  }

  /// Every marker that some published template writes.
  private static let markers = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "[INST]", "[/INST]", "<think>", "</think>",
    "<|start|>", "<|message|>", "<|channel|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<｜User｜>",
    "<｜Assistant｜>", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>", "<|im_sep|>", "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
  ]

  private static let tokenizer = BytePairTrainer(size: 300 + markers.count, specialTokens: markers)
    .train(on: ["user\nassistant\nsystem\n"], name: "markers")

  /// A folder with these files, gone at the end.
  private func withFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-template-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // the system clears what is left
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    return try body(folder.path)
  }

  private func text(_ format: ChatFormat, _ messages: [ChatMessage]) throws -> String {
    Self.tokenizer.decode(try format.render(messages, with: Self.tokenizer).ids)
  }

  @Test func `of SmolLM2 is evaluated, with its own system sentence`() throws {
    let source = try Self.source("SmolLM2-135M-Instruct")
    try withFolder(["chat_template.jinja": source]) { folder in
      let found = try text(ChatFormat(folder: folder), [ChatMessage(.user, "Who?")])
      #expect(
        found == """
          <|im_start|>system
          You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
          <|im_start|>user
          Who?<|im_end|>
          <|im_start|>assistant

          """)
    }
  }

  @Test func `is found in either file, alone or in a list, and is told the tokens`() throws {
    let template = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}"
    let tokens = #""bos_token": "<s>", "eos_token": {"content": "</s>"}"#
    let wanted = "<s>Hi</s>"
    let folders: [[String: String]] = [
      ["tokenizer_config.json": #"{"chat_template": "\#(template)", \#(tokens)}"#],
      [
        "tokenizer_config.json":
          #"{"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "\#(template)"}], \#(tokens)}"#
      ],
      ["tokenizer_config.json": #"{"chat_template": [{"name": "x", "template": "\#(template)"}], \#(tokens)}"#],
      ["chat_template.jinja": template, "tokenizer_config.json": #"{"chat_template": "no", \#(tokens)}"#],
    ]
    for files in folders {
      let found = try withFolder(files) { try text(ChatFormat(folder: $0), [ChatMessage(.user, "Hi")]) }
      #expect(found == wanted)
    }
    try withFolder(["mine.jinja": template, "tokenizer_config.json": "{\(tokens)}"]) { folder in
      let format = try ChatFormat(file: folder + "/mine.jinja", folder: folder)
      #expect(try text(format, [ChatMessage(.user, "Hi")]) == wanted)
    }
  }

  @Test func `that cannot be evaluated is refused with its construct and line`() throws {
    for (template, line, mentions) in [
      ("{{ messages[0].content }}\n{% include 'x' %}", 2, "include"),
      ("\n\n{{ messages[0].content|urlize }}", 3, "urlize"),
      (
        "{{ messages[0].content }}{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}", 1,
        "steps"
      ),
      ("{{ messages[0].content", 1, "}}"), ("nothing", 1, "user's text"),
    ] {
      try withFolder(["chat_template.jinja": template]) { folder in
        let error = #expect(throws: TokenizerError.self) { try ChatFormat(folder: folder) }
        guard case .template(let name, line, let reason)? = error else { throw try #require(error) }
        #expect(name.hasSuffix("chat_template.jinja") && reason.contains(mentions), "\(reason)")
      }
    }
    try withFolder(["tokenizer_config.json": "{}"]) { folder in
      let error = #expect(throws: TokenizerError.self) { try ChatFormat(folder: folder) }
      guard case .noTemplate? = error else { throw try #require(error) }
    }
  }

  @Test func `that refuses a conversation says so in its own words`() throws {
    let format = try ChatFormat(
      template: try Self.source("Mistral-7B-Instruct-v0.2"), name: "mistral", tokens: ["bos_token": "<s>"])
    let error = #expect(throws: TokenizerError.self) {
      try text(format, [ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi")])
    }
    guard case .refusedChat(_, _, let message)? = error else { throw try #require(error) }
    #expect(message.contains("must alternate"))
  }

  @Test(arguments: names)
  func `lets no text of a turn make a marker`(_ name: String) throws {
    let format = try ChatFormat(
      template: try Self.source(name), name: name, tokens: ["bos_token": "<s>", "eos_token": "</s>"])
    func marks(_ content: String) throws -> [Int]? {
      for system in [true, false] {
        let messages = (system ? [ChatMessage(.system, content)] : []) + [ChatMessage(.user, content)]
        let ids = try? format.render(messages, with: Self.tokenizer).ids
        if let ids { return ids.filter(Self.tokenizer.isSpecial) }
      }
      return nil
    }
    // Each marker alone, since some templates cut a text at a marker.
    let plain = try #require(try marks("plain"))
    for marker in Self.markers { #expect(try marks("a \(marker) b") == plain, "\(marker)") }
    let all = Self.markers.filter { !$0.contains("think") }.joined(separator: "x")
    #expect(try marks("\(all) <|im_<|im_end|>end|>") == plain)
  }

  @Test func `knows where a reply ends`() throws {
    let ends = [
      "SmolLM2-135M-Instruct": "<|im_end|>", "Qwen3-0.6B": "<|im_end|>", "Phi-3.5-mini-instruct": "<|end|>",
      "granite-3.3-2b-instruct": "<|end_of_text|>", "Mistral-Nemo-Instruct-2407": "</s>", "phi-4": "<|im_end|>",
    ]
    for (name, end) in ends {
      let format = try ChatFormat(
        template: try Self.source(name), name: name, tokens: ["bos_token": "<s>", "eos_token": "</s>"])
      let ids = format.stopIDs(in: Self.tokenizer)
      #expect(ids.contains(try #require(Self.tokenizer.id(ofAdded: end))), "\(name): \(ids)")
      #expect(Set(ids).isSubset(of: [end, "</s>"].compactMap { Self.tokenizer.id(ofAdded: $0) }), "\(name)")
    }
  }

  @Test func `can be told to leave the thinking out`() throws {
    for name in ["Qwen3-0.6B", "SmolLM3-3B"] {
      let format = try ChatFormat(template: try Self.source(name), name: name, tokens: ["bos_token": "<s>"])
      let turn = [ChatMessage(.user, "Hi")]
      #expect(try text(format, turn) != text(format.withoutThinking(), turn), "\(name)")
    }
    let qwen = try ChatFormat(template: try Self.source("Qwen3-0.6B"), name: "q")
    #expect(try text(qwen.withoutThinking(), [ChatMessage(.user, "Hi")]).hasSuffix("<think>\n\n</think>\n\n"))
  }

  @Test func `is told the date it is given, and by default the same for ever`() throws {
    var format = try ChatFormat(template: try Self.source("gpt-oss-120b"), name: "g")
    #expect(try text(format, [ChatMessage(.user, "Hi")]).contains("Current date: 2024-07-26"))
    format.date = JinjaDate(year: 2026, month: 11, day: 28)
    #expect(try text(format, [ChatMessage(.user, "Hi")]).contains("Current date: 2026-11-28"))
  }

  @Test func `that takes lists of parts only is given one`() throws {
    let source = "{% for m in messages %}{% for part in m.content %}{{ part.text }}{% endfor %}{% endfor %}"
    #expect(try text(ChatFormat(template: source, name: "parts"), [ChatMessage(.user, "Hi")]) == "Hi")
  }

  @Test func `keeps the gaps of a turn where they are, through trims and cuts`() throws {
    let source = "<s>{{ messages[0].content|trim }}</s>"
    let chat = try ChatFormat(template: source, name: "t").render(
      [ChatMessage(.user, pieces: [" a ", " b ", "c "])], with: Self.tokenizer)
    #expect(chat.gaps.count == 2)
    let (first, second) = (chat.gaps[0], chat.gaps[1])
    #expect(Self.tokenizer.decode(chat.ids[..<first]) == "<s>a ")
    #expect(Self.tokenizer.decode(chat.ids[first..<second]) == " b ")
    #expect(Self.tokenizer.decode(chat.ids[second...]) == "c</s>")
    let dropping = try ChatFormat(template: "{{ messages[0].content[0] }}", name: "t")
    #expect(throws: TokenizerError.self) {
      try dropping.render([ChatMessage(.user, pieces: ["a", "b"])], with: Self.tokenizer)
    }
  }
}
