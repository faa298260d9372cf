import Dispatch

/// Runs what an actor does one after the other, away from the threads that all tasks share: what computes
/// for seconds would keep them from others.
final class SerialThread: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
