/// Processes that learn together: each computes some parts of a piece of work, and all have the whole result.
///
/// Work is cut into numbered parts, and the cut does not depend on the group. Results are put together in the order of
/// their numbers, so one process and many give the same bits. Which parts a process computes is `share(of:)`.
///
///     try learner.join(group)
///     let groups = try group.divided(4, as: "rollouts") { share in try rollouts(of: share) }
///     try learner.learn(from: groups.flatMap(\.self))
///
/// A group of one is `OneProcess`; over Open MPI it is `MPIGroup` of the room OpenMPI.
public protocol ProcessGroup: Sendable {
  /// The number of this process, 0..<count.
  var rank: Int { get }
  /// Processes of the group, at least one.
  var count: Int { get }

  /// Gives the bytes of every process to all of them. The nth call of one process belongs to the nth call of each
  /// other, and returns when all have called.
  ///
  /// - Returns: in the order of the ranks, this process's own included.
  /// - Throws: where a process has left the group.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
}

/// A process alone.
public struct OneProcess: ProcessGroup {
  public let rank = 0
  public let count = 1

  public init() {}

  /// Its own bytes.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
}

extension ProcessGroup {
  /// Whether this process writes files and says how it goes.
  public var isFirst: Bool { rank == 0 }

  /// The numbers of the parts that this process computes, of 0..<parts: a run of them, as long as any other's within
  /// one.
  public func share(of parts: Int) -> Range<Int> { (parts * rank / count)..<(parts * (rank + 1) / count) }
}
