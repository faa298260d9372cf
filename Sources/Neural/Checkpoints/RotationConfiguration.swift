/// How a model turns positions into rotations (rotary embeddings), and how it stretches them beyond the
/// length it was first trained at.
///
/// Sources: RoPE, arXiv:2104.09864; linear interpolation, arXiv:2306.15595; YaRN, arXiv:2309.00071; the
/// scaling of Llama 3.1 as its authors' configuration files state it.
public struct RotationConfiguration: Sendable, Hashable {
  public enum Scaling: Sendable, Hashable {
    case none
    /// Positions divided by the factor.
    case linear(factor: Double)
    /// Slow rotations divided by the factor, fast ones kept, between them a blend.
    case llama3(factor: Double, low: Double, high: Double, original: Int)
    /// As `llama3`, with borders in rotations per original window, and attention scaled.
    ///
    /// - attention: what cosines and sines are multiplied with; nil for the paper's 0.1 ln(factor) + 1.
    case yarn(factor: Double, fast: Double, slow: Double, original: Int, attention: Double?, isTruncated: Bool)
  }

  /// `rope_theta`
  public var base: Double
  public var scaling: Scaling

  public init(base: Double, scaling: Scaling = .none) {
    self.base = base
    self.scaling = scaling
  }

  init(_ fields: Fields, window: Int) throws {
    let outer = try fields.real("rope_theta", in: 1...1e12)
    let newer = try fields.inner("rope_parameters")
    guard let inner = try newer ?? fields.inner("rope_scaling") else {
      base = outer ?? 10_000
      scaling = .none
      return
    }
    base = try inner.real("rope_theta", in: 1...1e12) ?? outer ?? 10_000
    let partial = try inner.real("partial_rotary_factor", in: 0...1) ?? 1
    guard partial == 1 else { throw inner.fault("partial_rotary_factor", expected: "1: whole heads are rotated") }

    let key = inner.has("rope_type") ? "rope_type" : "type"
    func factor() throws -> Double {
      guard let factor = try inner.real("factor", in: 1...1e6) else {
        throw inner.fault("factor", expected: "a number in 1...1e6")
      }
      return factor
    }
    let original = try inner.whole("original_max_position_embeddings", in: 1...ModelConfiguration.most)
    switch try inner.text(key) ?? "default" {
    case "default": scaling = .none
    case "linear": scaling = .linear(factor: try factor())
    case "llama3":
      guard let low = try inner.real("low_freq_factor", in: 1e-6...1e6),
        let high = try inner.real("high_freq_factor", in: 1e-6...1e6), high > low, let original
      else {
        throw inner.fault(
          key, expected: "low_freq_factor, a larger high_freq_factor and original_max_position_embeddings beside it")
      }
      scaling = .llama3(factor: try factor(), low: low, high: high, original: original)
    case "yarn":
      for key in ["mscale", "mscale_all_dim"] where inner.has(key) {
        throw inner.fault(key, expected: "none: this form of YaRN is not supported")
      }
      scaling = .yarn(
        factor: try factor(), fast: try inner.real("beta_fast", in: 1e-6...1e6) ?? 32,
        slow: try inner.real("beta_slow", in: 1e-6...1e6) ?? 1, original: original ?? window,
        attention: try inner.real("attention_factor", in: 1e-6...1e6), isTruncated: try inner.bool("truncate") ?? true)
    default: throw inner.fault(key, expected: "one of default, linear, llama3, yarn")
    }
  }
}
