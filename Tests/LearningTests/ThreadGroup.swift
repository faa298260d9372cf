import Foundation
import Learning

/// Threads of this process that learn together as processes do: what tests without MPI run on.
final class ThreadGroup: Sendable {
  /// Runs a body on each of some threads, and waits for all.
  ///
  /// A member that is done, or has failed, has left the group.
  static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any ProcessGroup) throws -> Result
  ) -> [Swift.Result<Result, any Error>] {
    let hall = Hall(count)
    let results = Results<Result>()
    for rank in 0..<count {
      let thread = Thread {
        let result = Swift.Result { try body(Member(rank: rank, count: count, hall: hall)) }
        hall.leave(rank)
        results.put(result, rank)
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return results.wait(for: count)
  }

  /// The same for a body that awaits.
  static func run<Result: Sendable>(
    _ count: Int, awaiting body: @escaping @Sendable (any ProcessGroup) async throws -> Result
  ) -> [Swift.Result<Result, any Error>] {
    run(count) { group in
      let (results, lane) = (Results<Result>(), Lane())
      Task(executorPreference: lane) {
        do { results.put(.success(try await body(group)), 0) } catch { results.put(.failure(error), 0) }
      }
      return try results.wait(for: 1)[0].get()
    }
  }

  /// Members wait for each other, which threads that all tasks share must not.
  private final class Lane: TaskExecutor {
    private let queue = DispatchQueue(label: "member")

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }

  private struct Member: ProcessGroup {
    let rank: Int
    let count: Int
    let hall: Hall

    func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try hall.meet(rank, bytes) }
  }

  /// Where members meet: the last one to come lets all go.
  private final class Hall: @unchecked Sendable {
    private let condition = NSCondition()
    private var brought: [[UInt8]?]
    private var carried: [[UInt8]] = []
    private var meeting = 0
    private var gone: Int?

    init(_ count: Int) { brought = Array(repeating: nil, count: count) }

    func meet(_ rank: Int, _ bytes: [UInt8]) throws -> [[UInt8]] {
      condition.lock()
      defer { condition.unlock() }
      let mine = meeting
      brought[rank] = bytes
      if brought.allSatisfy({ $0 != nil }) {
        carried = brought.compactMap(\.self)
        brought = brought.map { _ in nil }
        meeting += 1
        condition.broadcast()
      }
      while meeting == mine {
        if let gone { throw LearningError.member(rank: gone, reason: "it has left") }
        condition.wait()
      }
      return carried
    }

    func leave(_ rank: Int) {
      condition.lock()
      gone = gone ?? rank
      condition.broadcast()
      condition.unlock()
    }
  }

  private final class Results<Result: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var all: [Int: Swift.Result<Result, any Error>] = [:]

    func put(_ result: Swift.Result<Result, any Error>, _ rank: Int) {
      condition.lock()
      all[rank] = result
      condition.broadcast()
      condition.unlock()
    }

    func wait(for count: Int) -> [Swift.Result<Result, any Error>] {
      condition.lock()
      defer { condition.unlock() }
      while all.count < count { condition.wait() }
      return (0..<count).compactMap { all[$0] }
    }
  }
}
