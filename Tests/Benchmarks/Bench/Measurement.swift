import Foundation

/// How fast something is, measured several times: what one line of `make bench` says.
///
/// Seconds are those of CPU time that the process used, so that other work on the machine changes
/// little; drivers take the same of their peers. Figures of several threads take time as it passes.
struct Measurement {
  enum Clock { case cpu, wall }

  var name: String
  var unit: String
  /// One value per repetition.
  var values: [Double]
  /// What each value is of the most there can be, where that was measured in turns with it.
  var shares: [Double] = []

  /// Runs a body again and again and takes each run's speed.
  ///
  /// - Parameters:
  ///   - amount: how much one run does, in the unit's own measure: 5 for 5 MB.
  ///   - seconds: how long to go on at least; there are never fewer than five runs.
  ///   - clock: what counts as time.
  ///   - body: gives something that depends on all the work, so that none of it can be left out.
  static func speed(
    _ name: String, of amount: Double, _ unit: String, seconds: Double = 0.5, by clock: Clock = .cpu,
    _ body: () async throws -> Int
  ) async rethrows -> Measurement {
    var values: [Double] = []
    var check = try await body()  // warms caches up and is not counted
    let start = clock.seconds
    while values.count < 5 || clock.seconds - start < seconds {
      let begin = clock.seconds
      check ^= try await body()
      values.append(amount / (clock.seconds - begin))
    }
    if check == .min { print("# \(check)") }
    return Measurement(name: name, unit: unit, values: values)
  }

  /// The same of CPU time, in turns with `most`, which does what the machine is best at and gives the amount it did.
  static func speed(
    _ name: String, of amount: Double, _ unit: String, seconds: Double = 1,
    _ body: () -> Int, against most: () -> (amount: Double, check: Int)
  ) -> Measurement {
    var measurement = Measurement(name: name, unit: unit, values: [])
    var check = body() ^ most().check
    let start = Clock.cpu.seconds
    while measurement.values.count < 5 || Clock.cpu.seconds - start < seconds {
      let begin = Clock.cpu.seconds
      check ^= body()
      let middle = Clock.cpu.seconds
      let bound = most()
      check ^= bound.check
      measurement.values.append(amount / (middle - begin))
      measurement.shares.append(amount / (middle - begin) / bound.amount * (Clock.cpu.seconds - middle))
    }
    if check == .min { print("# \(check)") }
    return measurement
  }

  static var cpuSeconds: Double { Clock.cpu.seconds }

  var median: Double { Self.median(of: values) }

  private static func median(of values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// `NAME ours=… [low, high] UNIT`: median, smallest and largest; and `share=…` of the most there can be.
  var line: String {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let share = shares.isEmpty ? "" : " share=\(String(format: "%.2f", Self.median(of: shares)))"
    return "\(name) ours=\(Self.short(median)) [\(Self.short(low)), \(Self.short(high))] \(unit)\(share)"
  }

  /// Three digits that count.
  static func short(_ value: Double) -> String {
    value >= 100
      ? String(format: "%.0f", value) : value >= 10 ? String(format: "%.1f", value) : String(format: "%.3g", value)
  }
}

extension Measurement.Clock {
  var seconds: Double {
    var time = timespec()
    clock_gettime(self == .cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
