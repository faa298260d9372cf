import Palimpsest

/// A share for a sentence: 0.414 is `41 %`.
public func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }

extension Interval {
  /// For a sentence: the value and its bounds, `0.850 [0.739, 0.919]`.
  public var words: String { Table.Cell.interval(self).words }
}
