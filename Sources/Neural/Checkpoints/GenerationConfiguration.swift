import Foundation
import JSON

/// The contents of `generation_config.json`: the sampling settings of the model's authors, and the tokens
/// that end a reply.
public struct GenerationConfiguration: Sendable, Hashable {
  /// `do_sample`; where it is false, decoding is greedy and the other settings have no effect.
  public var isSampled = false
  /// `temperature`
  public var temperature = 1.0
  /// `top_p`
  public var topP = 1.0
  /// `top_k`; nil for no limit.
  public var topK: Int?
  /// `min_p`
  public var minP = 0.0
  /// `repetition_penalty`
  public var repetitionPenalty = 1.0
  /// `bos_token_id`
  public var begin: [Int] = []
  /// `eos_token_id`: tokens that end a reply.
  public var end: [Int] = []

  /// Greedy, and no end but the configuration's.
  public init() {}

  /// Reads `generation_config.json` of a folder, the file itself, or the metadata of a `.gguf` file. A folder without one is not an
  /// error: many have none.
  ///
  /// - Throws: `CheckpointError`.
  public init(_ path: String) throws {
    if GGUF.isNamed(path) {
      self = try Self(GGUF(path))
      return
    }
    let file = path.hasSuffix(".json") ? path : "\(path)/generation_config.json"
    guard path.hasSuffix(".json") || FileManager.default.fileExists(atPath: file) else { return }
    self = try reading { try Self(JSONNode(configuration: file)) }
  }

  private init(_ fields: JSONNode) throws {
    isSampled = try fields.bool("do_sample") ?? false
    temperature = try fields.real("temperature", in: 0...1000) ?? 1
    topP = try fields.real("top_p", in: 0...1) ?? 1
    topK = try fields.whole("top_k", in: 0...ModelConfiguration.most).flatMap { $0 == 0 ? nil : $0 }
    minP = try fields.real("min_p", in: 0...1) ?? 0
    repetitionPenalty = try fields.real("repetition_penalty", in: 1e-3...1000) ?? 1
    begin = try fields.tokens("bos_token_id")
    end = try fields.tokens("eos_token_id")
  }
}
