import Palimpsest

/// The permutation test of paired differences: if two arms were equal, the sign of each cluster's difference would be
/// as likely the other one.
///
/// Clusters are flipped, not items: questions over one document are not independent. With at most 12 clusters that
/// differ every combination of signs is counted, so that the probability is exact; with more, 10,000 are drawn.
/// Of k clusters no result is rarer than 2 / 2^k.
///
/// Source: Fisher's randomisation test (The Design of Experiments, 1935, §21); the count for drawn permutations is that
/// of Phipson and Smyth (2010), which is never 0.
public enum SignFlip {
  /// The most clusters of which all combinations are counted.
  public static let mostExact = 12
  /// How many combinations are drawn where there are more clusters.
  public static let draws = 10_000

  /// - Parameters:
  ///   - sums: the sum of the differences in each cluster. The order matters where combinations are drawn.
  ///   - seed: of the combinations that are drawn.
  /// - Returns: the two-sided probability of a sum at least as far from 0; 1 where nothing differs.
  public static func p(_ sums: [Double], seed: UInt64 = 1) -> Double {
    let sums = sums.filter { $0 != 0 }
    guard !sums.isEmpty else { return 1 }
    let observed = abs(sums.reduce(0, +))
    // Sums that are equal on paper must count as equal, whatever the order of addition did to their last digits.
    let least = observed - 1e-12 * sums.reduce(0) { $0 + abs($1) }
    if sums.count <= mostExact {
      let all = 1 << sums.count
      let extreme = (0..<all).count { signs in
        abs(sums.indices.reduce(0) { $0 + (signs >> $1 & 1 == 0 ? sums[$1] : -sums[$1]) }) >= least
      }
      return Double(extreme) / Double(all)
    }
    var generator = SeededGenerator(seed: seed, purpose: "sign flips")
    var extreme = 1
    for _ in 0..<draws {
      var sum = 0.0
      var bits: UInt64 = 0
      for index in sums.indices {
        if index % 64 == 0 { bits = generator.next() }
        sum += bits & 1 == 0 ? sums[index] : -sums[index]
        bits >>= 1
      }
      if abs(sum) >= least { extreme += 1 }
    }
    return Double(extreme) / Double(draws + 1)
  }
}
