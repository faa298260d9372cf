import Foundation

/// The standard normal distribution.
public enum Normal {
  /// The probability of a value above `z`, exact in the far tail too.
  public static func upperTail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

  /// The value with this probability below it.
  ///
  /// Newton's method from 0: the tail is convex, so the steps approach the root from one side and cannot leave it.
  ///
  /// - Precondition: the probability lies strictly between 0 and 1.
  public static func quantile(_ probability: Double) -> Double {
    precondition(0 < probability && probability < 1, "a probability of \(probability)")
    let tail = min(probability, 1 - probability)
    var z = 0.0
    // Far out a step is about 1 / z; 1,000 steps reach the smallest normal number.
    for _ in 0..<1000 {
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      let next = z + (upperTail(z) - tail) / density
      if !(next > z) { break }
      z = next
    }
    return probability < 0.5 ? -z : z
  }
}

/// Tosses of a fair coin.
enum FairCoin {
  /// The probability of a result at least as far from an even one, in either direction: the exact two-sided binomial
  /// test at one half. It is 1 of no tosses.
  static func twoSided(_ heads: Int, of tosses: Int) -> Double {
    precondition(0 <= heads && heads <= tosses, "\(heads) heads of \(tosses) tosses")
    let least = min(heads, tosses - heads)
    guard 2 * least < tosses else { return 1 }
    // Up to 1,000 tosses the smallest term is a normal number: the sum begins there, and is exact where there are few.
    guard tosses > 1000 else {
      var term = scalbn(1, -tosses)
      var sum = 0.0
      for k in 0...least {
        sum += term
        term *= Double(tosses - k) / Double(k + 1)
      }
      return 2 * sum > 1 - 1e-12 ? 1 : 2 * sum
    }
    // The largest term by logarithms, the smaller ones by their ratios.
    let arrangements = logFactorial(tosses) - logFactorial(least) - logFactorial(tosses - least)
    var term: Double = exp(arrangements - Double(tosses) * 0.6931471805599453)
    var sum = 0.0
    for k in stride(from: least, through: 0, by: -1) {
      sum += term
      term *= Double(k) / Double(tosses - k + 1)
      if term < sum * 1e-18 { break }
    }
    return min(1, 2 * sum)
  }
  private static func logFactorial(_ n: Int) -> Double { lgamma(Double(n) + 1) }
}
