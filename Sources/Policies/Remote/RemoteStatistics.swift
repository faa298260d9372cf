import Foundation
import Palimpsest
import Synchronization

/// The calls of a remote policy so far.
public struct RemoteStatistics: Sendable, Codable {
  /// Replies that came, after however many calls.
  public var replies = 0
  /// Requests that ended without a reply.
  public var failures = 0
  /// Calls, the failed ones included.
  public var attempts = 0
  /// Failed calls by the kind of their fault.
  public var faults: [String: Int] = [:]
  /// Tokens of replies, and of failed calls where the endpoint reported them.
  public var usage = Usage()
  /// Seconds per successful call, exact to 2 %.
  public var seconds = Percentiles()
  /// The state of each replica, in the order of the settings.
  public var replicas: [Replica] = []

  /// Calls made again.
  public var retries: Int { max(0, attempts - replies - failures) }

  /// In a line: calls, faults, seconds per call.
  var words: String {
    let wrong = faults.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
    let times = [("median", seconds.median), ("90 %", seconds.ninetieth), ("longest", seconds.longest)]
      .map { String(format: "%.2f s ", $0.1) + $0.0 }.joined(separator: ", ")
    return "\(attempts) calls, \(retries) made again, \(failures) given up\(wrong.isEmpty ? "" : " (\(wrong))"); "
      + "a call took \(times)"
  }

  /// Wall seconds of successful calls; 0 before the first.
  public struct Percentiles: Sendable, Codable, Hashable {
    /// Half of the calls took at most this long.
    public var median = 0.0
    /// 90 % of the calls took at most this long.
    public var ninetieth = 0.0
    /// 99 % of the calls took at most this long.
    public var ninetyNinth = 0.0
    /// The slowest call.
    public var longest = 0.0
  }

  /// One server of the pool.
  public struct Replica: Sendable, Codable, Hashable {
    /// Its base URL.
    public var endpoint: String
    /// Calls sent to it, failed ones included.
    public var attempts: Int
    /// Whether it is used; false while it rests after failures.
    public var isWell: Bool
    /// Calls under way, calls waiting for a place, places now, the most calls at once.
    public var active: Int
    /// Calls that wait for a place.
    public var waiting: Int
    /// Places now.
    public var limit: Int
    /// The most calls at once so far.
    public var peak: Int
  }
}

extension RemotePolicy {
  /// Calls, faults and seconds so far in a line; nil before the first call.
  public var account: String? {
    get async {
      let done = await statistics
      return done.attempts == 0 ? nil : "\(name): \(done.words)"
    }
  }

  /// The calls so far, and the state of the replicas. It may be read while calls run.
  public var statistics: RemoteStatistics {
    get async {
      var (statistics, attempts) = meter.read()
      let health = await pool.health
      for (index, replica) in pool.replicas.enumerated() {
        let throttle = replica.throttle
        let isWell = if case .well = health[index] { true } else { false }
        statistics.replicas.append(
          .init(
            endpoint: replica.endpoint.description, attempts: attempts[index, default: 0], isWell: isWell,
            active: await throttle.active, waiting: await throttle.waiting, limit: await throttle.limit,
            peak: await throttle.peak))
      }
      return statistics
    }
  }
}

/// Counts the calls of a policy. Its memory does not grow with their number.
final class Meter: Sendable {
  private struct State {
    var counts = RemoteStatistics()
    var attempts: [Int: Int] = [:]
    var latencies = Histogram()
  }

  private let state = Mutex(State())

  func count(_ fault: Fault?, at replica: Int, seconds: Double) {
    state.withLock {
      $0.counts.attempts += 1
      $0.attempts[replica, default: 0] += 1
      if let fault { $0.counts.faults[fault.kind, default: 0] += 1 } else { $0.latencies.add(seconds) }
    }
  }

  func count(reply usage: Usage) {
    state.withLock {
      $0.counts.replies += 1
      $0.counts.usage = $0.counts.usage + usage
    }
  }

  func countFailure(spent: Usage) {
    state.withLock {
      $0.counts.failures += 1
      $0.counts.usage = $0.counts.usage + spent
    }
  }

  func read() -> (RemoteStatistics, attempts: [Int: Int]) {
    state.withLock {
      var counts = $0.counts
      counts.seconds = $0.latencies.percentiles
      return (counts, $0.attempts)
    }
  }
}
