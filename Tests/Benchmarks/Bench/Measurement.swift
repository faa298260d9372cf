import Foundation

/// How fast something is, measured several times: what one line of `make bench` says.
///
/// Seconds are those of CPU time that the process used, so that other work on the machine changes
/// little; drivers take the same of their peers.
struct Measurement {
  var name: String
  var unit: String
  /// One value per repetition.
  var values: [Double]

  /// Runs a body again and again and takes each run's speed.
  ///
  /// - Parameters:
  ///   - amount: how much one run does, in the unit's own measure: 5 for 5 MB.
  ///   - seconds: how long to go on at least; there are never fewer than five runs.
  ///   - body: gives something that depends on all the work, so that none of it can be left out.
  static func speed(
    _ name: String, of amount: Double, _ unit: String, seconds: Double = 0.5,
    _ body: () async throws -> Int
  ) async rethrows -> Measurement {
    var values: [Double] = []
    var check = try await body()  // warms caches up and is not counted
    let start = cpuSeconds
    while values.count < 5 || cpuSeconds - start < seconds {
      let begin = cpuSeconds
      check ^= try await body()
      values.append(amount / (cpuSeconds - begin))
    }
    if check == .min { print("# \(check)") }
    return Measurement(name: name, unit: unit, values: values)
  }

  static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  var median: Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// `NAME ours=… [low, high] UNIT`: median, smallest and largest.
  var line: String {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    return "\(name) ours=\(Self.short(median)) [\(Self.short(low)), \(Self.short(high))] \(unit)"
  }

  /// Three digits that count.
  static func short(_ value: Double) -> String {
    value >= 100
      ? String(format: "%.0f", value) : value >= 10 ? String(format: "%.1f", value) : String(format: "%.3g", value)
  }
}
