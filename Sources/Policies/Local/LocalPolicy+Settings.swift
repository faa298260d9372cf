import Jinja
import Models
import Palimpsest
import Tensors
import Transformers

extension LocalPolicy {
  /// The settings of a local policy.
  public struct Settings: Codable, Sendable, Hashable {
    /// The folder of a published model: config.json, safetensors, tokenizer.json.
    public var weights = ""
    /// Whether matrices are made bytes when the model is loaded: half the memory of bf16, and faster.
    public var quantise = Quantisation.none
    /// How the rows of attention are kept: 16 bits halve their memory.
    public var cache = Cache.float32
    /// The folder of an adapter as PEFT writes them (LoRA); nil for none.
    public var adapter: String?
    /// Whether products may round their left side, as others do (to bf16 or bytes): faster prompts.
    public var activations = Activations.rounded
    /// `published` takes the chat format the folder asks for, `plain` none; else the name of a format, or
    /// a file of ours that describes one.
    public var template = "published"
    /// The system's turn; nil for the format's own.
    public var system: String?
    /// The date that a template is told which asks for one: `2026-11-28`, with `T14:30:00` behind it or not, or
    /// `run` for the day on which the run was begun, also where it is resumed later. nil is the same day for ever, so
    /// that prompts are the same every day.
    public var date: String?
    /// Whether a model that can think before it replies (Qwen3) is left to do so.
    public var thinking = true
    /// 0 by default, so that runs can be compared; null takes the model's generation_config.json.
    public var temperature: Double? = 0
    /// Share of probability that is drawn from, 0...1; nil is the model's own where `temperature` is null, else
    /// 1.
    public var topP: Double?
    /// Tokens that are drawn from; nil is the model's own where `temperature` is null, else all.
    public var topK: Int?
    /// Share of the likeliest token's probability that a token must have; nil cuts nothing off.
    public var minP: Double?
    /// Tokens that prompt and reply may have together, where that is to be less than the model's own;
    /// `window` is the key's former name.
    public var contextLength: Int?
    /// Replies generated side by side.
    public var batch = 8
    /// The position that recalled rows get: all 0 (MemLong), before the prompt, or their own; nil leaves it to the memory,
    /// and puts rows without positions at 0.
    public var rowPosition: RowPosition?

    /// - Parameter weights: the model's folder; empty is refused when the policy is made.
    public init(weights: String = "") { self.weights = weights }

    /// The value of `date` that stands for the beginning of the run.
    static let runDate = "run"
  }

  /// Whether matrices are turned into bytes when the model is loaded.
  public enum Quantisation: String, Choice {
    case none, int8

    /// How the matrices of the model are held.
    public var storage: WeightStorage { self == .int8 ? .int8() : .stored }
  }

  /// Whether products may round their left side, to bf16 or to bytes.
  public enum Activations: String, Choice { case exact, rounded }

  /// How the rows of attention are kept while a reply is written: as `RowFormat`.
  public enum Cache: String, Choice {
    case float32, float16, bfloat16

    var format: RowFormat {
      switch self {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      }
    }
  }

  /// The position that recalled rows get: all 0, before the prompt, or their own, which all must have.
  public enum RowPosition: String, Choice {
    case zero, before, own

    var position: Injections.RowPosition {
      switch self {
      case .zero: .zero
      case .before: .before
      case .own: .own
      }
    }
  }
}

extension LocalPolicy.Settings: RenamedSettings {
  /// `window` became `contextLength`.
  public static var formerKeys: [String: String] { ["window": "contextLength"] }
}

extension LocalPolicy.Settings {
  /// The requested chat format.
  public var format: LanguageModel.Template {
    switch template {
    case "published": .published
    case "plain": .plain
    default: .named(template)
    }
  }

  /// - Throws: `SettingError.outOfRange` for settings with which no reply can be drawn.
  public func check(at path: String) throws {
    if let temperature {
      try path.demand(
        (0...100).contains(temperature), "temperature", temperature, "it lies between 0 and 100, or is null")
    }
    if let date {
      try path.demand(
        date == Self.runDate || JinjaDate(date) != nil, "date", date,
        "it is run, or a date as 2026-11-28 or 2026-11-28T14:30:00")
    }
    if let topP { try path.demand(topP > 0 && topP <= 1, "topP", topP, "it lies above 0 and up to 1") }
    if let topK { try path.demand(topK > 0, "topK", topK, "at least one token stays") }
    if let minP { try path.demand((0...1).contains(minP), "minP", minP, "it lies between 0 and 1") }
    if let contextLength {
      try path.demand(contextLength > 1, "contextLength", contextLength, "a context holds a token and its reply")
    }
    try path.demand(
      (1...StoredMatrix.fewest).contains(batch), "batch", batch,
      "it lies between 1 and \(StoredMatrix.fewest), where a reply does not depend on others")
  }
}
