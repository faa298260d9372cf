import Foundation
import Palimpsest

/// An estimate of KL(π_θ‖π_ref) from the log-probabilities of a drawn token, with x = ln π_ref − ln π_θ
/// clamped to −10...10.
///
/// Source: J. Schulman, "Approximating KL Divergence" (2020). k3 is the one of GRPO (arXiv:2402.03300), and
/// the `low_var_kl` of MemAgent's code.
public enum Divergence: String, Choice {
  /// −x: unbiased, of either sign.
  case k1
  /// x²/2: biased, never negative.
  case k2
  /// e^x − x − 1: unbiased, never negative.
  case k3

  private static let bound = 10.0

  /// The estimate, and its derivative by ln π_θ; that is 0 where x is clamped.
  public func value(_ logProbability: Double, reference: Double) -> (value: Double, slope: Double) {
    let x = reference - logProbability
    let clamped = min(max(x, -Self.bound), Self.bound)
    let isFree = clamped == x
    switch self {
    case .k1: return (-clamped, isFree ? 1 : 0)
    case .k2: return (clamped * clamped / 2, isFree ? -x : 0)
    case .k3: return (exp(clamped) - clamped - 1, isFree ? 1 - exp(x) : 0)
    }
  }
}
