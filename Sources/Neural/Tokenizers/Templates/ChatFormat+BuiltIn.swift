extension ChatFormat {
  /// The formats built in, by name.
  public static let all: [ChatFormat] = turns.compactMap { turns in
    // A built-in format is one that parses; a test renders each.
    try? ChatFormat(turns)
  }

  /// The names of the built-in formats, for messages.
  public static var names: String { turns.map(\.name).joined(separator: ", ") }

  private static let turns: [ChatTurns] = [
    chatML("chatml", system: nil), chatML("qwen2", system: "You are a helpful assistant."),
    chatML("qwen2.5", system: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    chatML("qwen2.5-math", system: #"Please reason step by step, and put your final answer within \boxed{}."#),
    qwen3, llama3, llama31, mistral, mistral3, mistralTekken,
  ]

  private static func chatML(_ name: String, system: String?) -> ChatTurns {
    func turn(_ role: String) -> String { "<|im_start|>\(role)\n{content}<|im_end|>\n" }
    var format = ChatTurns(
      name: name, markers: ["<|im_start|>", "<|im_end|>"], user: turn("user"), assistant: turn("assistant"),
      stops: ["<|im_end|>", "<|endoftext|>"])
    format.system = turn("system")
    format.reply = "<|im_start|>assistant\n"
    format.defaultSystem = system
    return format
  }

  private static let qwen3: ChatTurns = {
    var format = chatML("qwen3", system: nil)
    format.markers += ["<think>", "</think>"]
    format.dropsThoughts = true
    return format
  }()

  private static let llama3: ChatTurns = {
    func turn(_ role: String) -> String { "<|start_header_id|>\(role)<|end_header_id|>\n\n{content}<|eot_id|>" }
    var format = ChatTurns(
      name: "llama3",
      markers: ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
      user: turn("user"), assistant: turn("assistant"), stops: ["<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"])
    format.begin = "<|begin_of_text|>"
    format.system = turn("system")
    format.reply = "<|start_header_id|>assistant<|end_header_id|>\n\n"
    format.trims = true
    return format
  }()

  /// Llama 3.1 to 3.3 always have a system's turn, and dates in it. The date is the fallback of
  /// their authors' template, so that a prompt is the same every day.
  private static let llama31: ChatTurns = {
    var format = llama3
    format.name = "llama3.1"
    format.system = format.system.replacing(
      "{content}", with: "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n{content}")
    format.defaultSystem = ""
    return format
  }()

  /// Mistral 7B v0.1 and v0.2 as first published: the brackets are text, and it has no system's turn.
  private static let mistral: ChatTurns = {
    var format = ChatTurns(
      name: "mistral", markers: ["<s>", "</s>"], user: "[INST] {content} [/INST]", assistant: "{content}</s>",
      stops: ["</s>"])
    format.begin = "<s>"
    format.systemPlace = .nowhere
    return format
  }()

  /// Mistral 7B v0.3, whose brackets are tokens.
  private static let mistral3: ChatTurns = {
    var format = mistral
    format.name = "mistral-v3"
    format.markers += ["[INST]", "[/INST]"]
    format.user = "[INST] {content}[/INST]"
    format.assistant = " {content}</s>"
    format.systemPlace = .lastUser
    format.trimsReplies = true
    return format
  }()

  /// Mistral Nemo and others with its vocabulary.
  private static let mistralTekken: ChatTurns = {
    var format = mistral3
    format.name = "mistral-v3-tekken"
    format.user = "[INST]{content}[/INST]"
    format.assistant = "{content}</s>"
    format.trimsReplies = false
    return format
  }()
}
