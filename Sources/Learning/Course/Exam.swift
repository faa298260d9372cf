import Palimpsest

/// Measures a model on fixed items while it learns. Nothing is learned from it, and it changes nothing.
public protocol Exam<Model>: Sendable {
  /// The model that is examined.
  associatedtype Model: SequenceModel

  /// One score for each length.
  ///
  /// - Throws: where data or policy fail; `CancellationError` where the process is to end.
  func scores(of model: Model) async throws -> [ExamScore]
}

/// How a model did at one length.
public struct ExamScore: Sendable, Codable, Hashable {
  /// What was asked, as figures and tables name it: `6 chunks`.
  public var name: String
  /// Chunks of a text.
  public var chunks: Int
  /// Mean score, usually the share of right answers, with its 95 % interval. Failed items count as 0.
  public var score: Interval
  /// Means of other numbers by name, such as the tokens of the last page.
  public var measures: [String: Double]

  /// - Parameter score: of all items.
  public init(_ name: String, chunks: Int, score: Interval, measures: [String: Double] = [:]) {
    self.name = name
    self.chunks = chunks
    self.score = score
    self.measures = measures
  }
}
