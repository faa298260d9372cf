/// A question about a text, with the known facts about its answer.
public struct Question: Sendable, Identifiable {
  /// Stable across runs: resuming, pairing and every random number depend on it.
  public var id: String
  /// Empty when the text is read for no question (`Reader.scan`), or to be modelled itself.
  public var ask: String
  /// Accepted answers; the verifier decides what counts as a match.
  public var answers: [String]
  /// UTF-8 ranges of the text that prove the answer; empty when unknown.
  public var evidence: [Range<Int>]
  /// The part of the evidence that a forward-only reader can recognise when it meets it.
  public var causalEvidence: [Range<Int>]
  /// Questions over the same document share a cluster; intervals are computed over clusters.
  public var cluster: String
  /// Strata for tables: `hops`, `type`, `order`.
  public var traits: [String: String]
  /// The text, or the stream of chunks.
  public var source: Source

  /// Without a cluster the question is a cluster of its own.
  public init(
    id: String, ask: String, answers: [String] = [], evidence: [Range<Int>] = [],
    causalEvidence: [Range<Int>] = [], cluster: String? = nil, traits: [String: String] = [:],
    source: Source
  ) {
    self.id = id
    self.ask = ask
    self.answers = answers
    self.evidence = evidence
    self.causalEvidence = causalEvidence
    self.cluster = cluster ?? id
    self.traits = traits
    self.source = source
  }

  /// Whether a range of the text touches evidence. A border-cut paragraph is evidence on both sides.
  public func isEvidence(_ range: Range<Int>) -> Bool { evidence.contains { $0.overlaps(range) } }
}
