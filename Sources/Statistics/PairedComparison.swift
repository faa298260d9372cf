import Palimpsest

/// Two arms on the questions that both of them have, and on no others.
///
///     let comparison = gated.comparison(from: overwrite)
///     comparison.difference   // 0.06 [0.01, 0.11]: gated scores that much higher
///     comparison.p            // 0.031, by McNemar's test
///
/// A mean over all of an arm's questions is not comparable with that of another arm that has other questions: then the
/// difference may be in the questions. Failed questions stay in with their 0.
public struct PairedComparison: Sendable, Codable, Hashable {
  /// How the probability was found.
  public enum Test: String, Sendable, Codable, Hashable {
    /// All scores are 0 or 1, and each question has a document of its own.
    case mcNemar = "McNemar"
    /// Else: the signs of the documents' differences are flipped.
    case signFlip = "sign flip"
  }

  /// Questions that both arms have.
  public var n: Int
  /// Documents that they come from.
  public var clusters: Int
  /// Questions that only this arm has; they are left out.
  public var onlyHere: Int
  /// Questions that only the other arm has; they are left out.
  public var onlyThere: Int
  /// Failed questions of this arm among the common ones.
  public var failed: Int
  /// Failed questions of the other arm among the common ones.
  public var failedThere: Int
  /// This arm's mean over the common questions.
  public var mean: Interval
  /// The other arm's mean over the common questions.
  public var meanThere: Interval
  /// How much higher this arm scores, from resampling pairs by document.
  public var difference: Interval
  /// Questions on which this arm scores higher.
  public var better: Int
  /// Questions on which both arms score the same.
  public var equal: Int
  /// Questions on which this arm scores lower.
  public var worse: Int
  /// How the probability was found; nil where there is none.
  public var test: Test?
  /// The two-sided probability of a difference at least as large, if the arms were equal; nil with fewer than two
  /// documents.
  public var p: Double?

  /// The share of questions on which the arms differ.
  public var discordant: Double { n > 0 ? Double(better + worse) / Double(n) : 0 }

  /// Whether the arms are the same up to a margin that was named beforehand: the interval of the difference lies within
  /// it. With a 95 % interval this is stricter than two one-sided tests at 5 %, which need a 90 % one.
  public func isEquivalent(within margin: Double) -> Bool {
    difference.range.map { -margin < $0.lowerBound && $0.upperBound < margin } ?? false
  }
}

extension Scores {
  /// This arm beside another one on the questions that both have.
  public func comparison(from other: Scores, seed: UInt64 = 1) -> PairedComparison {
    let theirs = Dictionary(other.items.map { ($0.id, $0) }) { first, _ in first }
    let mine = Dictionary(items.map { ($0.id, $0) }) { first, _ in first }
    let here = Scores(items.filter { theirs[$0.id] != nil })
    let there = Scores(other.items.filter { mine[$0.id] != nil })
    var sums: [String: Double] = [:]
    var (better, equal, worse) = (0, 0, 0)
    var isBinary = true
    for item in here.ordered {
      guard let other = theirs[item.id] else { continue }
      let difference = item.score - other.score
      sums[item.cluster, default: 0] += difference
      if difference > 0 { better += 1 } else if difference < 0 { worse += 1 } else { equal += 1 }
      if ![0, 1].contains(item.score) || ![0, 1].contains(other.score) { isBinary = false }
    }
    var comparison = PairedComparison(
      n: here.n, clusters: sums.count, onlyHere: n - here.n, onlyThere: other.n - there.n, failed: here.failed,
      failedThere: there.failed, mean: here.interval(seed: seed), meanThere: there.interval(seed: seed),
      difference: difference(from: other, seed: seed), better: better, equal: equal, worse: worse)
    guard sums.count >= 2 else { return comparison }
    if isBinary, sums.count == here.n {
      comparison.test = .mcNemar
      comparison.p = McNemar(onlyFirst: worse, onlySecond: better).p
    } else {
      comparison.test = .signFlip
      comparison.p = SignFlip.p(sums.sorted { $0.key < $1.key }.map(\.value), seed: seed)
    }
    return comparison
  }
}
