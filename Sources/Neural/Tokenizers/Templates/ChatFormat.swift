/// The form in which a family of models sees a conversation: the text before and behind each turn.
///
///     let format = try ChatFormat(folder: "Qwen3-0.6B")
///     let prompt = try format.render([ChatMessage(.user, "Who wrote the letter?")], with: tokenizer)
///
/// A format is data, whether it is built in or read from a file. `{content}` marks the place of the
/// turn's text. The rest of the format is trusted: in it the names of added tokens are those
/// tokens, whereas the same letters in a turn's text are only letters. No prompt can close a turn.
public struct ChatFormat: Sendable, Codable, Hashable {
  /// Where the system's text goes.
  public enum SystemPlace: String, Sendable, Codable {
    /// A turn of its own.
    case own
    /// Before the last user's text, with an empty line between.
    case lastUser
    /// Nowhere: the family has none.
    case nowhere
  }

  /// The name by which settings choose it.
  public var name: String
  /// Texts that must be added tokens of the vocabulary.
  public var markers: [String]
  /// Before everything: begin of text, where there is one.
  public var begin = ""
  /// A system's turn with `{content}`; empty where the family has none of its own.
  public var system = ""
  /// A user's turn with `{content}`.
  public var user: String
  /// An earlier reply with `{content}`.
  public var assistant: String
  /// Behind all turns: the opening of the reply.
  public var reply = ""
  /// The text of a missing system's turn; nil leaves the turn out.
  public var defaultSystem: String?
  /// Where the system's text goes.
  public var systemPlace = SystemPlace.own
  /// Whether white space around texts is removed.
  public var trims = false
  /// Whether white space around earlier replies is removed.
  public var trimsReplies = false
  /// Whether the reasoning of earlier turns, up to `</think>`, is left out.
  public var dropsThoughts = false
  /// The texts that end a reply.
  public var stops: [String]

  /// Turns of user and assistant alone; the other parts are empty until they are set.
  public init(name: String, markers: [String], user: String, assistant: String, stops: [String]) {
    self.name = name
    self.markers = markers
    self.user = user
    self.assistant = assistant
    self.stops = stops
  }
}

extension ChatFormat {
  /// Qwen3's other way to begin a reply: with thoughts that are empty already.
  public func withoutThinking() -> ChatFormat {
    var format = self
    if dropsThoughts { format.reply += "<think>\n\n</think>\n\n" }
    return format
  }

  /// The formats built in, by name.
  public static let all: [ChatFormat] = [
    chatML("chatml", system: nil), chatML("qwen2", system: "You are a helpful assistant."),
    chatML("qwen2.5", system: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    chatML("qwen2.5-math", system: #"Please reason step by step, and put your final answer within \boxed{}."#),
    qwen3, llama3, llama31, mistral, mistral3, mistralTekken,
  ]

  /// The names of the built-in formats, for messages.
  public static var names: String { all.map(\.name).joined(separator: ", ") }

  private static func chatML(_ name: String, system: String?) -> ChatFormat {
    func turn(_ role: String) -> String { "<|im_start|>\(role)\n{content}<|im_end|>\n" }
    var format = ChatFormat(
      name: name, markers: ["<|im_start|>", "<|im_end|>"], user: turn("user"), assistant: turn("assistant"),
      stops: ["<|im_end|>", "<|endoftext|>"])
    format.system = turn("system")
    format.reply = "<|im_start|>assistant\n"
    format.defaultSystem = system
    return format
  }

  private static let qwen3: ChatFormat = {
    var format = chatML("qwen3", system: nil)
    format.markers += ["<think>", "</think>"]
    format.dropsThoughts = true
    return format
  }()

  private static let llama3: ChatFormat = {
    func turn(_ role: String) -> String { "<|start_header_id|>\(role)<|end_header_id|>\n\n{content}<|eot_id|>" }
    var format = ChatFormat(
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
  private static let llama31: ChatFormat = {
    var format = llama3
    format.name = "llama3.1"
    format.system = format.system.replacing(
      "{content}", with: "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n{content}")
    format.defaultSystem = ""
    return format
  }()

  /// Mistral 7B v0.1 and v0.2 as first published: the brackets are text, and it has no system's turn.
  private static let mistral: ChatFormat = {
    var format = ChatFormat(
      name: "mistral", markers: ["<s>", "</s>"], user: "[INST] {content} [/INST]", assistant: "{content}</s>",
      stops: ["</s>"])
    format.begin = "<s>"
    format.systemPlace = .nowhere
    return format
  }()

  /// Mistral 7B v0.3, whose brackets are tokens.
  private static let mistral3: ChatFormat = {
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
  private static let mistralTekken: ChatFormat = {
    var format = mistral3
    format.name = "mistral-v3-tekken"
    format.user = "[INST]{content}[/INST]"
    format.assistant = "{content}</s>"
    format.trimsReplies = false
    return format
  }()
}
