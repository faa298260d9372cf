/// What several tests at once make of their p values. The answer to the question "which of these are below 0.05?" is
/// given by the corrected values, in the order of the tests.
public enum Correction {
  /// Holm's step-down method (1979): the probability of a single false finding in the family stays below the level,
  /// whatever the tests have to do with each other. For the comparisons that were declared beforehand.
  ///
  /// - Precondition: all values lie within 0...1.
  public static func holm(_ values: [Double]) -> [Double] {
    check(values)
    var corrected = values
    var largest = 0.0
    for (rank, index) in order(of: values).enumerated() {
      largest = max(largest, Double(values.count - rank) * values[index])
      corrected[index] = min(1, largest)
    }
    return corrected
  }

  /// The step-up method of Benjamini and Hochberg (1995): the expected share of false findings among the findings
  /// stays below the level, for tests that are independent or positively dependent. For slices that one looks through.
  ///
  /// - Precondition: all values lie within 0...1.
  public static func benjaminiHochberg(_ values: [Double]) -> [Double] {
    check(values)
    var corrected = values
    var smallest = 1.0
    for (rank, index) in order(of: values).enumerated().reversed() {
      smallest = min(smallest, Double(values.count) / Double(rank + 1) * values[index])
      corrected[index] = smallest
    }
    return corrected
  }

  private static func order(of values: [Double]) -> [Int] {
    values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  }

  private static func check(_ values: [Double]) {
    precondition(values.allSatisfy { (0...1).contains($0) }, "a p value outside 0...1 in \(values)")
  }
}
