import Foundation

/// The rule that turns positions into angles, and its scaling beyond the trained length.
///
/// Sources: RoPE, arXiv:2104.09864; linear interpolation, arXiv:2306.15595; YaRN, arXiv:2309.00071; Llama
/// 3.1's rule as its configuration files state it.
public struct Rotary: Sendable, Codable, Hashable {
  /// How frequencies change for positions beyond the trained length.
  public enum Scaling: Sendable, Codable, Hashable {
    case none
    /// All frequencies divided by the factor.
    case linear(factor: Double)
    /// Frequencies with fewer than `low` turns in the original context length are divided by the factor, those with
    /// more than `high` kept; between them a blend.
    case llama3(factor: Double, low: Double, high: Double, original: Int)
    /// A blend along the index of the frequency, from `fast` turns in the original context length (kept) to `slow`
    /// (divided).
    ///
    /// - attention: times cosines and sines; nil for 0.1·ln(factor) + 1.
    /// - isTruncated: whether the borders of the blend are whole indices.
    case yarn(factor: Double, fast: Double, slow: Double, original: Int, attention: Double?, isTruncated: Bool)
    /// Every frequency divided by a number of its own, one for each pair of a head: how GGUF files state Llama 3.1's
    /// rule.
    case divided([Double])
  }

  /// The longest wave has about 2π·base positions.
  public var base: Double
  /// How frequencies change for positions beyond the trained length.
  public var scaling: Scaling

  /// The rule of the original paper: base 10,000, no scaling.
  public init(base: Double = 10_000, scaling: Scaling = .none) {
    self.base = base
    self.scaling = scaling
  }

  /// Radians a position, one per pair of a head of this width.
  public func frequencies(width: Int) -> [Float] {
    let plain = (0..<width / 2).map { 1 / pow(base, Double(2 * $0) / Double(width)) }
    switch scaling {
    case .none: return plain.map { Float($0) }
    case .linear(let factor): return plain.map { Float($0 / factor) }
    case .divided(let divisors):
      precondition(divisors.count == plain.count, "\(divisors.count) divisors for \(plain.count) frequencies")
      return zip(plain, divisors).map { Float($0 / $1) }
    case .llama3(let factor, let low, let high, let original):
      return plain.map { frequency in
        let turns = Double(original) * frequency / (2 * .pi)
        let kept = min(max((turns - low) / (high - low), 0), 1)
        return Float(kept * frequency + (1 - kept) * frequency / factor)
      }
    case .yarn(let factor, let fast, let slow, let original, _, let isTruncated):
      // The index at which a frequency makes so many turns in the original context length.
      func index(turns: Double) -> Double {
        Double(width) * log(Double(original) / (turns * 2 * .pi)) / (2 * log(base))
      }
      let first = max(isTruncated ? index(turns: fast).rounded(.down) : index(turns: fast), 0)
      var last = min(isTruncated ? index(turns: slow).rounded(.up) : index(turns: slow), Double(width - 1))
      if last == first { last += 0.001 }
      return plain.enumerated().map { index, frequency in
        let divided = min(max((Double(index) - first) / (last - first), 0), 1)
        return Float(divided * frequency / factor + (1 - divided) * frequency)
      }
    }
  }

  /// The factor of cosines and sines.
  public var attention: Float {
    guard case .yarn(let factor, _, _, _, let attention, _) = scaling else { return 1 }
    return Float(attention ?? (factor > 1 ? 0.1 * log(factor) + 1 : 1))
  }
}
