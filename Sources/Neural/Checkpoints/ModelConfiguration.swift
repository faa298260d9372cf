import JSON
import Tensors

/// The contents of `config.json` for a decoder: its kind, its sizes, its rotary embedding.
///
/// Only fields that are computed here are read. A field that would change the computation in an
/// unsupported way is an error, never ignored. Names follow this package; each comment has the name in
/// the file.
public struct ModelConfiguration: Sendable, Hashable {
  /// `model_type`. Each has the same decoder with other switches.
  public enum Family: String, Sendable, CaseIterable { case llama, mistral, qwen2, qwen3 }

  /// `model_type`
  public var family: Family
  /// `vocab_size`
  public var vocabulary: Int
  /// `hidden_size`
  public var width: Int
  /// `intermediate_size`
  public var innerWidth: Int
  /// `num_hidden_layers`
  public var layers: Int
  /// `num_attention_heads`
  public var heads: Int
  /// `num_key_value_heads`
  public var keyHeads: Int
  /// `head_dim`
  public var headWidth: Int
  /// `rms_norm_eps`
  public var epsilon: Float
  /// `max_position_embeddings`: positions the model was made for.
  public var contextLength: Int
  /// `rope_theta`, `rope_scaling`; `rope_parameters` in newer files.
  public var rotary: Rotary
  /// `tie_word_embeddings`: whether the output projection is the embedding table.
  public var isTied: Bool
  /// Whether queries, keys and values have a bias (always in Qwen2; `attention_bias` elsewhere).
  public var hasInputBias: Bool
  /// Whether the attention's output has one too (`attention_bias` of Llama and Qwen3).
  public var hasOutputBias: Bool
  /// `mlp_bias`
  public var hasInnerBias: Bool
  /// Per layer, the sliding window in positions, the token's own included; nil where the layer sees
  /// everything (`sliding_window`, `use_sliding_window`, `max_window_layers`, `layer_types`).
  public var slidingWindows: [Int?]
  /// `bos_token_id`
  public var begin: [Int]
  /// `eos_token_id`
  public var end: [Int]

  /// A Llama with no bias that sees everything; other switches are set afterwards.
  public init(
    family: Family, vocabulary: Int, width: Int, innerWidth: Int, layers: Int, heads: Int, keyHeads: Int,
    headWidth: Int, contextLength: Int, rotary: Rotary = Rotary()
  ) {
    self.family = family
    self.vocabulary = vocabulary
    self.width = width
    self.innerWidth = innerWidth
    self.layers = layers
    self.heads = heads
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.contextLength = contextLength
    self.rotary = rotary
    epsilon = 1e-6
    isTied = false
    hasInputBias = family == .qwen2
    hasOutputBias = false
    hasInnerBias = false
    slidingWindows = [Int?](repeating: nil, count: layers)
    begin = []
    end = []
  }

  /// More than any count of a published model; it keeps products of two counts within an integer.
  static let most = 1 << 28

  /// Reads `config.json` of a folder, the file itself, or the metadata of a `.gguf` file.
  ///
  /// - Throws: `CheckpointError.unreadable`, `.broken` (not JSON), `.unsupported`.
  public init(_ path: String) throws {
    if GGUF.isNamed(path) {
      try self.init(GGUF(path))
      return
    }
    self = try reading {
      try Self(JSONNode(configuration: path.hasSuffix(".json") ? path : "\(path)/config.json"))
    }
  }

  init(_ fields: JSONNode) throws {
    family = try Self.family(fields)
    guard try !fields.has("quantization_config") else {
      throw try fields.fault("quantization_config", expected: "none: weights as F32, BF16 or F16")
    }
    let activation = try fields.text("hidden_act") ?? "silu"
    guard activation == "silu" else { throw try fields.fault("hidden_act", expected: "“silu”") }
    vocabulary = try fields.needed("vocab_size", in: 1...Self.most)
    width = try fields.needed("hidden_size", in: 1...Self.most)
    innerWidth = try fields.needed("intermediate_size", in: 1...Self.most)
    layers = try fields.needed("num_hidden_layers", in: 1...4096)
    heads = try fields.needed("num_attention_heads", in: 1...65_536)
    keyHeads = try fields.whole("num_key_value_heads", in: 1...65_536) ?? heads
    guard heads % keyHeads == 0 else {
      throw try fields.fault("num_key_value_heads", expected: "a divisor of the \(heads) heads")
    }
    let stated = try fields.whole("head_dim", in: 1...65_536)
    guard stated != nil || width % heads == 0 else {
      throw try fields.fault("num_attention_heads", expected: "a divisor of hidden_size \(width)")
    }
    // Qwen3 has a head width of its own, 128 by default.
    headWidth = stated ?? (family == .qwen3 ? 128 : width / heads)
    guard headWidth % 2 == 0 else {
      throw try fields.fault("head_dim", expected: "an even number, since pairs are rotated")
    }
    epsilon = Float(try fields.real("rms_norm_eps", in: 0...1) ?? 1e-6)
    contextLength = try fields.whole("max_position_embeddings", in: 1...Self.most) ?? 2048
    rotary = try Rotary(fields, contextLength: contextLength)
    if case .divided(let divisors) = rotary.scaling, divisors.count != headWidth / 2 {
      throw try fields.fault("rope_scaling", expected: "factors for \(headWidth / 2) pairs of a head")
    }
    isTied = try fields.bool("tie_word_embeddings") ?? false
    let attentionBias = try fields.bool("attention_bias") ?? false
    hasInputBias = family == .qwen2 || (family != .mistral && attentionBias)
    hasOutputBias = family != .qwen2 && family != .mistral && attentionBias
    hasInnerBias = try family == .llama && fields.bool("mlp_bias") ?? false
    slidingWindows = try Self.slidingWindows(fields, family: family, layers: layers)
    begin = try fields.tokens("bos_token_id")
    end = try fields.tokens("eos_token_id")
  }

  private static func family(_ fields: JSONNode) throws -> Family {
    let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = try fields.text("model_type"), let family = Family(rawValue: name) else {
      throw try fields.fault("model_type", expected: "one of \(known)")
    }
    // A sequence classifier of the same kind has other weights and no next token.
    if let classes = try fields.texts("architectures"), !classes.isEmpty {
      guard classes.contains(where: { $0.hasSuffix("ForCausalLM") }) else {
        throw CheckpointError.unsupported(
          file: fields.text.file, key: "architectures", expected: "a model of the next token (…ForCausalLM)",
          found: shown(classes[0]))
      }
    }
    return family
  }

  private static func slidingWindows(_ fields: JSONNode, family: Family, layers: Int) throws -> [Int?] {
    let isQwen = family == .qwen2 || family == .qwen3
    guard family != .llama, try !isQwen || fields.bool("use_sliding_window") ?? false else {
      return [Int?](repeating: nil, count: layers)
    }
    // Mistral 7B v0.1 leaves the field out and means 4,096; a null says that there is none.
    let isUnsaid = try fields.at("sliding_window").value == nil
    let slidingWindow = try fields.whole("sliding_window", in: 1...most) ?? (isUnsaid ? 4096 : nil)
    if let types = try fields.texts("layer_types") {
      guard types.count == layers else { throw try fields.fault("layer_types", expected: "\(layers) names") }
      return try types.map { type in
        switch type {
        case "full_attention": nil
        case "sliding_attention": slidingWindow
        default: throw try fields.fault("layer_types", expected: "full_attention and sliding_attention")
        }
      }
    }
    let first = try isQwen ? fields.whole("max_window_layers", in: 0...4096) ?? 28 : 0
    return (0..<layers).map { $0 >= first ? slidingWindow : nil }
  }
}
