/// How a process ends that an error has stopped; the value is its exit code. A process without an error ends with 0.
public enum ExitClass: Int32, Sendable {
  /// The work is done, and more of it failed than was allowed.
  case failures = 1
  /// Flags, settings or files are wrong: the same command fails again until they are changed.
  case usage = 2
  /// Stopped on request; the same command resumes.
  case interrupted = 3
  /// The machine or the network: no room, no permission, no endpoint. The same command may work later.
  case machine = 4
}

extension ExitClass {
  /// The class of any error. Errors of this package declare theirs; cancellation is an interruption, and what a
  /// library throws is a matter of the machine.
  public init(of error: any Error) {
    self =
      switch error {
      case let failure as any Failure: failure.exitClass
      case is CancellationError: .interrupted
      default: .machine
      }
  }
}

/// An error that can end a process. Its description says what, where, why and what to do; the class says who can
/// help. Every public error of this package is one, so that a new error chooses its exit code where it is defined.
public protocol Failure: Error, CustomStringConvertible {
  var exitClass: ExitClass { get }
}
