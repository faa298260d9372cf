import Palimpsest

/// A weighted sum of verifiers, read like the formula in a paper:
///
///     let reward = 1.0 * BoxedReward() + 1.0 * ExitVerifier() + 1.0 * FormatVerifier()
///     let cheap = 0.9 * AnswerVerifier(.em) - 0.0001 * TokensSpent()
public struct Rubric: Verifier {
  public struct Term: Sendable {
    public var weight: Double
    public var verifier: any Verifier

    public init(_ weight: Double, _ verifier: any Verifier) {
      self.weight = weight
      self.verifier = verifier
    }
  }

  public var terms: [Term]

  public init(_ terms: [Term]) { self.terms = terms }

  public func verify(_ trace: Trace) async throws -> Verdict {
    var total = Verdict(0)
    var notes: [String] = []
    for term in terms {
      let verdict = try await term.verifier.verify(trace)
      total.score += term.weight * verdict.score
      total.credits.merge(verdict.credits.mapValues { term.weight * $0 }, uniquingKeysWith: +)
      if !verdict.note.isEmpty { notes.append(verdict.note) }
    }
    total.note = notes.joined(separator: "; ")
    return total
  }
}

public func * (weight: Double, verifier: any Verifier) -> Rubric { Rubric([.init(weight, verifier)]) }

extension Rubric {
  public static func + (a: Rubric, b: Rubric) -> Rubric { Rubric(a.terms + b.terms) }
  public static func - (a: Rubric, b: Rubric) -> Rubric {
    Rubric(a.terms + b.terms.map { Term(-$0.weight, $0.verifier) })
  }
}
