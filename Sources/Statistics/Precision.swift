import Foundation
import Palimpsest

/// How fine a difference a number of questions can show.
public enum Precision {
  /// Half the width of Wilson's 95 % interval of a share among `n` questions.
  ///
  /// - Precondition: at least one question; the share lies within 0...1.
  public static func halfWidth(n: Int, share: Double) -> Double {
    precondition(n > 0 && (0...1).contains(share), "a share of \(share) of \(n)")
    let z = Normal.quantile(0.975)
    let count = Double(n)
    return z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
  }

  /// How many paired questions are needed to see a difference, by McNemar's test.
  ///
  /// Source: Connor, "Sample Size for Testing Differences in Proportions for the Paired-Sample Design" (1987),
  /// equation 3.
  ///
  /// - Parameters:
  ///   - difference: of the shares of right answers.
  ///   - discordant: the share of questions that one arm gets right and the other wrong; at least the difference.
  ///   - power: how likely the difference shall be seen.
  ///   - level: the significance level of the two-sided test.
  /// - Returns: nil where no number suffices: the difference is 0, or larger than the discordant share.
  public static func pairs(
    toSee difference: Double, discordant: Double, power: Double = 0.8, level: Double = 0.05
  ) -> Int? {
    let difference = abs(difference)
    guard difference > 0, difference <= discordant, discordant <= 1 else { return nil }
    let (alpha, beta) = (Normal.quantile(1 - level / 2), Normal.quantile(power))
    let root = alpha * discordant.squareRoot() + beta * (discordant - difference * difference).squareRoot()
    return Int((root * root / (difference * difference)).rounded(.up))
  }

  /// The smallest difference that so many pairs would show in four of five cases.
  ///
  /// - Returns: nil where even the largest possible one would not be seen so often.
  public static func smallestDifference(pairs: Int, discordant: Double) -> Double? {
    guard let needed = Self.pairs(toSee: discordant, discordant: discordant), needed <= pairs else { return nil }
    var (low, high) = (0.0, discordant)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if let needed = Self.pairs(toSee: middle, discordant: discordant), needed <= pairs {
        high = middle
      } else {
        low = middle
      }
    }
    return high
  }

  /// For a reader of a table: `at n = 128 and 80 % the interval is ±7 points`.
  public static func note(n: Int, share: Double) -> String {
    guard n > 0, (0...1).contains(share) else { return "without questions there is no interval" }
    let points = Int((100 * halfWidth(n: n, share: share)).rounded())
    return "at n = \(n) and \(Int((100 * share).rounded())) % the interval is ±\(points) points"
  }

  /// For a reader of a comparison: `64 pairs, 20 % of them discordant: a difference below 15 points would be missed in
  /// more than one of five cases`.
  public static func note(pairs: Int, discordant: Double) -> String {
    guard pairs > 0, (0...1).contains(discordant) else { return "without pairs there is nothing to compare" }
    let start = "\(pairs) pairs, \(Int((100 * discordant).rounded())) % of them discordant: "
    guard let least = smallestDifference(pairs: pairs, discordant: discordant) else {
      return start + "no possible difference would be seen in four of five cases"
    }
    let points = String(format: least < 0.1 ? "%.1f" : "%.0f", 100 * least)
    return start + "a difference below \(points) points would be missed in more than one of five cases"
  }
}
