import Checkpoints
import Transformers

extension DecoderConfiguration {
  /// The configuration of a published model's `config.json`, as a decoder's.
  public init(_ model: ModelConfiguration) {
    self.init(
      vocabulary: model.vocabulary, width: model.width, innerWidth: model.innerWidth, layers: model.layers,
      heads: model.heads, keyHeads: model.keyHeads, headWidth: model.headWidth, contextLength: model.contextLength,
      rotary: model.rotary, isTied: model.isTied)
    epsilon = model.epsilon
    hasInputBias = model.hasInputBias
    hasOutputBias = model.hasOutputBias
    hasInnerBias = model.hasInnerBias
    hasHeadNorms = model.family == .qwen3
    slidingWindows = model.slidingWindows
  }
}

extension ModelConfiguration {
  /// The published kind of model with the same computation.
  ///
  /// - Returns: nil where none does, for instance with head norms and a bias at the inputs only.
  public init?(_ decoder: DecoderConfiguration) {
    let family: Family =
      decoder.hasHeadNorms
      ? .qwen3
      : decoder.hasInputBias && !decoder.hasOutputBias
        ? .qwen2
        : decoder.slidingWindows.contains { $0 != nil } ? .mistral : .llama
    self.init(
      family: family, vocabulary: decoder.vocabulary, width: decoder.width, innerWidth: decoder.innerWidth,
      layers: decoder.layers, heads: decoder.heads, keyHeads: decoder.keyHeads, headWidth: decoder.headWidth,
      contextLength: decoder.contextLength, rotary: decoder.rotary)
    epsilon = decoder.epsilon
    isTied = decoder.isTied
    hasInputBias = decoder.hasInputBias
    hasOutputBias = decoder.hasOutputBias
    hasInnerBias = decoder.hasInnerBias
    slidingWindows = decoder.slidingWindows
    let hasOneBias = hasInputBias == hasOutputBias || family == .qwen2
    let hasRoomForBias = !(hasInnerBias && family != .llama) && !(hasInputBias && family == .mistral)
    guard hasOneBias, hasRoomForBias, Set(slidingWindows.compactMap(\.self)).count < 2 else { return nil }
  }
}
