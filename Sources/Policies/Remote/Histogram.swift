import Foundation

/// Durations in boxes that are 2 % apart, from 0.1 ms to a day: any number of them in 1040 counts.
package struct Histogram: Sendable {
  private static let shortest = 1e-4
  private static let step = log(1.02)
  private static let count = 1040

  private var boxes = [Int](repeating: 0, count: count)
  private var total = 0
  private var longest = 0.0

  package init() {}

  package mutating func add(_ seconds: Double) {
    let box = Int(log(max(seconds, Self.shortest) / Self.shortest) / Self.step)
    boxes[min(box, Self.count - 1)] += 1
    total += 1
    longest = max(longest, seconds)
  }

  package var percentiles: RemoteStatistics.Percentiles {
    .init(
      median: quantile(0.5), ninetieth: quantile(0.9), ninetyNinth: quantile(0.99), longest: longest)
  }

  /// The middle of the box that holds the value of this rank; 0 where there is none.
  private func quantile(_ share: Double) -> Double {
    let rank = Int((Double(total) * share).rounded(.up))
    var seen = 0
    for (box, count) in boxes.enumerated() where count > 0 {
      seen += count
      if seen >= rank { return min(longest, Self.shortest * exp((Double(box) + 0.5) * Self.step)) }
    }
    return 0
  }
}
