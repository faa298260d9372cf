import Palimpsest

/// A weighted sum of verifiers, read like the formula in a paper:
///
///     let reward = 1.0 * BoxedReward() + 1.0 * ExitVerifier() + 1.0 * FormatVerifier()
///     let cheap = 0.9 * AnswerVerifier(.em) - 0.0001 * TokensSpent()
public struct Rubric: Verifier {
  /// One summand.
  public struct Term: Sendable {
    /// May be negative, for a cost.
    public var weight: Double
    /// What is weighted.
    public var verifier: any Verifier

    /// - Parameter weight: may be negative, for a cost.
    public init(_ weight: Double, _ verifier: any Verifier) {
      self.weight = weight
      self.verifier = verifier
    }
  }

  /// Added up in this order, which decides the order of the notes.
  public var terms: [Term]

  /// Without terms every trace scores 0.
  public init(_ terms: [Term]) { self.terms = terms }

  /// The weighted sums of scores and of credits, the sums of other counts; notes are joined.
  /// - Throws: what a term throws.
  public func verify(_ trace: Trace) async throws -> Verdict {
    var total = Verdict(0)
    var notes: [String] = []
    for term in terms {
      let verdict = try await term.verifier.verify(trace)
      total.score += term.weight * verdict.score
      total.credits.merge(verdict.credits.mapValues { term.weight * $0 }, uniquingKeysWith: +)
      total.counts.merge(verdict.counts, uniquingKeysWith: +)
      if !verdict.note.isEmpty { notes.append(verdict.note) }
    }
    total.note = notes.joined(separator: "; ")
    return total
  }
}

/// A rubric of one term.
public func * (weight: Double, verifier: any Verifier) -> Rubric { Rubric([.init(weight, verifier)]) }

extension Rubric {
  /// The terms of both.
  public static func + (a: Rubric, b: Rubric) -> Rubric { Rubric(a.terms + b.terms) }
  /// The terms of both, those of the second with negated weights.
  public static func - (a: Rubric, b: Rubric) -> Rubric {
    Rubric(a.terms + b.terms.map { Term(-$0.weight, $0.verifier) })
  }
}
