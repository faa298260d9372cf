/// Computes a score from a finished trace.
///
/// - Throws: when there is no score; a failure never turns into a score of 0.
public protocol Verifier: Sendable {
  func verify(_ trace: Trace) async throws -> Verdict
}

/// How right a trace is, as one verifier sees it.
public struct Verdict: Sendable, Codable, Hashable {
  /// Usually 0...1; costs and penalties may lie outside.
  public var score: Double
  /// Credit per step index, for verifiers that judge single decisions.
  public var credits: [Int: Double]
  /// Why, in a few words; empty where there is nothing to say.
  public var note: String
  /// What else the verifier counted, by name, such as the tokens it cost. Run records have each as a metric of its
  /// own, `judgeTokensRead`.
  public var counts: [String: Double]

  /// Without credits no single step is judged.
  public init(_ score: Double, credits: [Int: Double] = [:], note: String = "", counts: [String: Double] = [:]) {
    self.score = score
    self.credits = credits
    self.note = note
    self.counts = counts
  }
}
