import Foundation

/// Time as retries and limits see it, so that tests need not wait for it.
///
/// Timeouts of the wire do not use it: what a server does takes real time.
package struct Watch: Sendable {
  /// Date and time, for a `Retry-After` that names them.
  package var date: @Sendable () -> Date
  /// Seconds since some fixed moment, never running backwards.
  package var seconds: @Sendable () -> Double
  package var sleep: @Sendable (_ seconds: Double) async throws -> Void

  package init(
    date: @escaping @Sendable () -> Date, seconds: @escaping @Sendable () -> Double,
    sleep: @escaping @Sendable (Double) async throws -> Void
  ) {
    self.date = date
    self.seconds = seconds
    self.sleep = sleep
  }

  /// The clock on the wall.
  package static let real = {
    let start = ContinuousClock.now
    return Watch(
      date: { Date() },
      seconds: { (ContinuousClock.now - start) / .seconds(1) },
      sleep: { try await Task.sleep(for: .seconds($0)) })
  }()
}
