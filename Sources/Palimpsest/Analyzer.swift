import Plots

/// An accumulator over traces: it sees them one at a time, so a million traces need no more memory
/// than one.
public protocol Analyzer: Sendable {
  associatedtype Finding: Codable & Sendable
  mutating func observe(_ trace: Trace, _ verdict: Verdict)
  var finding: Finding { get }
  func figures() -> [Figure]
}
