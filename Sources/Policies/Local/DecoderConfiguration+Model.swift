import Checkpoints
import Transformers

extension DecoderConfiguration {
  /// What a published model's `config.json` says, in the decoder's words.
  public init(_ model: ModelConfiguration) {
    self.init(
      vocabulary: model.vocabulary, width: model.width, innerWidth: model.innerWidth, layers: model.layers,
      heads: model.heads, keyHeads: model.keyHeads, headWidth: model.headWidth, window: model.window,
      rotary: Rotary(model.rotation), isTied: model.isTied)
    epsilon = model.epsilon
    hasInputBias = model.hasInputBias
    hasOutputBias = model.hasOutputBias
    hasInnerBias = model.hasInnerBias
    hasHeadNorms = model.family == .qwen3
    reach = model.reach
  }
}

extension Rotary {
  init(_ rotation: RotationConfiguration) {
    let scaling: Scaling =
      switch rotation.scaling {
      case .none: .none
      case .linear(let factor): .linear(factor: factor)
      case .llama3(let factor, let low, let high, let original):
        .llama3(factor: factor, low: low, high: high, original: original)
      case .yarn(let factor, let fast, let slow, let original, let attention, let isTruncated):
        .yarn(
          factor: factor, fast: fast, slow: slow, original: original, attention: attention, isTruncated: isTruncated)
      }
    self.init(base: rotation.base, scaling: scaling)
  }
}
