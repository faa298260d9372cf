#if MPI
  import COpenMPI
  import Foundation
  import Learning
  import Palimpsest
  import Synchronization

  /// The processes that `mpirun` started, as a group that learns together.
  ///
  ///     try await MPIGroup.run { group in          // mpirun -np 4 trainer
  ///       try training.join(group)
  ///       …
  ///       if group.isFirst { try training.write(to: "training.safetensors") }
  ///     }
  ///
  /// A program started without `mpirun` is a group of one. Bytes are broadcast by each process in turn, so that no
  /// number is added by the library, whose order of adding is its own.
  ///
  /// - Important: `mpirun` binds each process to one core unless told otherwise; with several threads a process needs
  ///   `mpirun --bind-to none`.
  public struct MPIGroup: ProcessGroup {
    public let rank: Int
    public let count: Int

    /// Runs a body in the group, and leaves it.
    ///
    /// An error of the body ends all processes of the group: the error is printed, and `mpirun` ends with its exit
    /// code. A process that is killed ends the others likewise. An interruption, which comes on all processes together,
    /// leaves the group as an end without an error does.
    ///
    /// - Throws: `MPIError` where the group cannot be begun or left.
    public static func run<Result>(
      isolation: isolated (any Actor)? = #isolation, _ body: (MPIGroup) async throws -> sending Result
    ) async throws -> sending Result {
      let group = try MPIGroup()
      do {
        let result = try await body(group)
        try group.leave()
        return result
      } catch  where ExitClass(of: error) == .interrupted {
        try group.leave()
        throw error
      } catch {
        FileHandle.standardError.write(Data("process \(group.rank) of \(group.count): \(error)\n".utf8))
        palimpsest_mpi_abort(ExitClass(of: error).rawValue)
        throw error
      }
    }

    private init() throws {
      guard palimpsest_mpi_is_begun() == 0 else { throw MPIError(call: "begin", reason: "it was begun before") }
      var (rank, count, threads) = (Int32(0), Int32(0), Int32(0))
      try check("begin", palimpsest_mpi_begin(&rank, &count, &threads))
      guard threads >= palimpsest_mpi_serialized() else {
        throw MPIError(call: "begin", reason: "this MPI takes calls of one thread only")
      }
      (self.rank, self.count) = (Int(rank), Int(count))
    }

    private func leave() throws {
      try check("wait for the others", palimpsest_mpi_barrier())
      try check("leave", palimpsest_mpi_end())
    }

    /// Each process broadcasts its bytes in turn.
    ///
    /// - Throws: `MPIError`.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
      try (0..<count).map { root in
        var length = Int64(root == rank ? bytes.count : 0)
        try check("tell a length", palimpsest_mpi_largest(&length))
        return try [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, filled in
          if root == rank { _ = buffer.initialize(from: bytes) } else { buffer.initialize(repeating: 0) }
          filled = Int(length)
          // A call takes at most 2^31 − 1 bytes.
          for start in stride(from: 0, to: filled, by: 1 << 30) {
            let some = Int32(min(1 << 30, filled - start))
            try check("broadcast", palimpsest_mpi_broadcast(buffer.baseAddress.map { $0 + start }, some, Int32(root)))
          }
        }
      }
    }
  }

  private func check(_ call: String, _ code: Int32) throws {
    guard code != 0 else { return }
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
      text.initialize(repeating: 0)
      palimpsest_mpi_error(code, text.baseAddress)
      return text.baseAddress.map { String(cString: $0) } ?? ""
    }
    throw MPIError(call: call, reason: text.isEmpty ? "error \(code)" : text)
  }
#endif
