/// Computes a score from a finished trace.
///
/// - Throws: when there is no score; a failure never turns into a score of 0.
public protocol Verifier: Sendable {
  func verify(_ trace: Trace) async throws -> Verdict
}

public struct Verdict: Sendable, Codable, Hashable {
  public var score: Double
  /// Credit per step index, for verifiers that judge single decisions.
  public var credits: [Int: Double]
  public var note: String

  public init(_ score: Double, credits: [Int: Double] = [:], note: String = "") {
    self.score = score
    self.credits = credits
    self.note = note
  }
}
