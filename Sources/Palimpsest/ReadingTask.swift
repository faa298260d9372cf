/// Where questions come from. Not `Task`: that is Swift's.
public protocol ReadingTask: Sendable {
  /// The questions, in an order and with contents that the seed alone decides.
  ///
  /// - Throws: when a file is missing or is not what it should be.
  func questions(seed: UInt64) throws -> any Sequence<Question>
}
