import Foundation
import Palimpsest

/// RMM's reranker: q' = q + W_q q, m' = m + W_m m, score q' · m'. With W = 0 it is the retriever's dense order.
///
/// Learning is REINFORCE on citations: an entry that was cited counts +1, one that was shown in vain −1, against a
/// baseline b: W += η (R − b) ∇ log p, p = softmax(s / τ). RMM's equation is written for the set; ours adds the
/// entries (the ordered Plackett–Luce form is `logProbability`).
public struct ResidualReranker: Reranker {
  public struct Settings: Codable, Sendable {
    /// τ.
    public var temperature = 0.5
    /// b.
    public var baseline = 0.5
    /// η.
    public var rate = 1e-3

    public init() {}
  }

  public let settings: Settings
  /// [width, width], row-major; empty is 0.
  public private(set) var query: [Double] = []
  public private(set) var entry: [Double] = []

  /// W = 0.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public func select(_ count: Int, of candidates: [Scored], for query: BankQuery, in bank: Bank) -> [Scored] {
    guard !self.query.isEmpty, let vectors = bank.vectors else { return Array(candidates.prefix(max(count, 0))) }
    let q = vectors.embedder.query(query.text) { Float(bank.terms.rarity(of: $0)) }.map(Double.init)
    let rows = candidates.map { bank.vectors?[$0.id]?.map(Double.init) ?? [Double](repeating: 0, count: q.count) }
    let scores = scores(of: rows, for: q)
    return candidates.indices.map { Scored(candidates[$0].id, scores[$0]) }
      .sorted { ($0.score, $0.id) > ($1.score, $1.id) }.prefix(max(count, 0)).map { $0 }
  }

  /// q' · m' for each row.
  public func scores(of rows: [[Double]], for q: [Double]) -> [Double] {
    let moved = Self.residual(query, q)
    return rows.map { zip(moved, Self.residual(entry, $0)).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private static func residual(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    guard !matrix.isEmpty else { return vector }
    let width = vector.count
    return (0..<width).map { row in
      vector[row] + (0..<width).reduce(0) { $0 + matrix[row * width + $1] * vector[$1] }
    }
  }

  /// ∇ log p of one choice among rows, for both matrices.
  public func gradient(of choice: Int, among rows: [[Double]], for q: [Double]) -> (query: [Double], entry: [Double]) {
    let width = q.count
    let moved = Self.residual(query, q)
    let others = rows.map { Self.residual(entry, $0) }
    let p = Self.softmax(scores(of: rows, for: q).map { $0 / settings.temperature })
    var (forQuery, forEntry) = (
      [Double](repeating: 0, count: width * width), [Double](repeating: 0, count: width * width)
    )
    for (index, row) in rows.enumerated() {
      let weight = ((index == choice ? 1 : 0) - p[index]) / settings.temperature
      for i in 0..<width {
        for j in 0..<width {
          forQuery[i * width + j] += weight * others[index][i] * q[j]
          forEntry[i * width + j] += weight * moved[i] * row[j]
        }
      }
    }
    return (forQuery, forEntry)
  }

  /// log p of one choice with changed matrices: what a difference quotient is taken of.
  package func logProbability(
    of choice: Int, among rows: [[Double]], for q: [Double], changing change: (inout [Double], inout [Double]) -> Void
  ) -> Double {
    var copy = self
    change(&copy.query, &copy.entry)
    return log(Self.softmax(copy.scores(of: rows, for: q).map { $0 / settings.temperature })[choice])
  }

  /// One update of citations: +1 where cited, −1 where shown in vain.
  public mutating func learn(cited: Set<Int>, shown: [Int], among rows: [[Double]], for q: [Double]) {
    let width = q.count
    if query.isEmpty {
      query = [Double](repeating: 0, count: width * width)
      entry = query
    }
    var (forQuery, forEntry) = (query.map { _ in 0.0 }, entry.map { _ in 0.0 })
    for choice in shown {
      let gain = (cited.contains(choice) ? 1 : -1) - settings.baseline
      let gradient = gradient(of: choice, among: rows, for: q)
      for place in forQuery.indices {
        forQuery[place] += gain * gradient.query[place]
        forEntry[place] += gain * gradient.entry[place]
      }
    }
    for place in query.indices {
      query[place] += settings.rate * forQuery[place]
      entry[place] += settings.rate * forEntry[place]
    }
  }

  /// The log-probability of an ordered pick without replacement (Plackett–Luce).
  public static func logProbability(of order: [Int], scores: [Double]) -> Double {
    var left = Set(scores.indices)
    var sum = 0.0
    for choice in order {
      let most = left.map { scores[$0] }.max() ?? 0
      sum += scores[choice] - most - log(left.reduce(0.0) { $0 + exp(scores[$1] - most) })
      left.remove(choice)
    }
    return sum
  }

  /// The best of scores to each of which −log(−log u) is added: a sample of `logProbability`'s distribution.
  public static func gumbelTop(_ count: Int, of scores: [Double], using random: inout SeededGenerator) -> [Int] {
    let noisy = scores.map { $0 - log(-log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random))) }
    return noisy.indices.sorted { (noisy[$0], $1) > (noisy[$1], $0) }.prefix(max(count, 0)).map { $0 }
  }

  private static func softmax(_ scores: [Double]) -> [Double] {
    let most = scores.max() ?? 0
    let powers = scores.map { exp($0 - most) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
