import JSON
import Tensors

extension Rotary {
  /// `rope_theta` and `rope_scaling`, or `rope_parameters` in newer files.
  init(_ fields: JSONNode, contextLength: Int) throws {
    let outer = try fields.real("rope_theta", in: 1...1e12)
    let newer = try fields.inner("rope_parameters")
    guard let inner = try newer ?? fields.inner("rope_scaling") else {
      self.init(base: outer ?? 10_000)
      return
    }
    self.init(base: try inner.real("rope_theta", in: 1...1e12) ?? outer ?? 10_000)
    let partial = try inner.real("partial_rotary_factor", in: 0...1) ?? 1
    guard partial == 1 else { throw try inner.fault("partial_rotary_factor", expected: "1: whole heads are rotated") }

    let key = try inner.has("rope_type") ? "rope_type" : "type"
    func factor() throws -> Double { try inner.at("factor").real(in: 1...1e6) }
    let original = try inner.whole("original_max_position_embeddings", in: 1...ModelConfiguration.most)
    switch try inner.text(key) ?? "default" {
    case "default": scaling = .none
    case "linear": scaling = .linear(factor: try factor())
    case "llama3":
      guard let low = try inner.real("low_freq_factor", in: 1e-6...1e6),
        let high = try inner.real("high_freq_factor", in: 1e-6...1e6), high > low, let original
      else {
        throw try inner.fault(
          key, expected: "low_freq_factor, a larger high_freq_factor and original_max_position_embeddings beside it")
      }
      scaling = .llama3(factor: try factor(), low: low, high: high, original: original)
    case "yarn":
      for key in ["mscale", "mscale_all_dim"] where try inner.has(key) {
        throw try inner.fault(key, expected: "none: this form of YaRN is not supported")
      }
      scaling = .yarn(
        factor: try factor(), fast: try inner.real("beta_fast", in: 1e-6...1e6) ?? 32,
        slow: try inner.real("beta_slow", in: 1e-6...1e6) ?? 1, original: original ?? contextLength,
        attention: try inner.real("attention_factor", in: 1e-6...1e6), isTruncated: try inner.bool("truncate") ?? true)
    case "longrope": scaling = .divided(try Self.divisors(inner))
    default: throw try inner.fault(key, expected: "one of default, linear, llama3, yarn, longrope")
    }
  }

  /// The divisors of LongRoPE, which may depend on the length of a text; only those that do not are supported.
  private static func divisors(_ fields: JSONNode) throws -> [Double] {
    let short = try fields.at("short_factor").list().map { try $0.real(in: 1e-6...1e6) }
    let long = try fields.at("long_factor").list().map { try $0.real(in: 1e-6...1e6) }
    guard short == long, !short.isEmpty else {
      throw try fields.fault("long_factor", expected: "the numbers of short_factor: others are not supported")
    }
    guard try fields.real("attention_factor", in: 1e-6...1e6) == 1 else {
      throw try fields.fault("attention_factor", expected: "1: others are not supported")
    }
    return short
  }
}
