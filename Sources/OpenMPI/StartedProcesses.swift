import Foundation
import Learning
import Palimpsest

/// The processes that were started together with this one.
public enum StartedProcesses {
  /// Runs a body in the group of the processes that `mpirun` started, and alone where it started none.
  ///
  /// - Throws: `MPIError` where the group cannot be begun or left, or where this program was built without the trait `MPI`
  ///   and is one of several; what the body throws, which ends all processes.
  public static func run<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (any ProcessGroup) async throws -> sending Result
  ) async throws -> sending Result {
    guard let count = number("OMPI_COMM_WORLD_SIZE") else { return try await body(OneProcess()) }
    #if MPI
      return try await MPIGroup.run { try await body($0) }
    #else
      guard count == 1 else {
        throw MPIError(
          call: "begin",
          reason: "mpirun started \(count) processes of a program that knows no MPI; build it with --traits MPI")
      }
      return try await body(OneProcess())
    #endif
  }

  /// Whether this process is the one that writes files and speaks.
  public static var isFirst: Bool { number("OMPI_COMM_WORLD_RANK") ?? 0 == 0 }

  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }
}

/// A call of MPI that failed.
public struct MPIError: Failure, Hashable {
  /// What was tried.
  public var call: String
  /// What MPI says of it.
  public var reason: String

  public var exitClass: ExitClass { .machine }
  public var description: String {
    "MPI could not \(call): \(reason); look at what mpirun says, and whether all processes are there"
  }
}
