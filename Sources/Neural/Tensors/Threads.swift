import CBLAS
import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many threads an operation may use.
public enum Threads {
  private static let chosen = Atomic<Int>(initial)

  private static var initial: Int {
    if let text = getenv("PALIMPSEST_THREADS"), let number = Int(String(cString: text)), number > 0 {
      return number
    }
    return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  /// The processors there are, or what PALIMPSEST_THREADS says, until set.
  ///
  /// No result depends on it: work is cut by its size, and parts that add up do so in their order.
  public static var count: Int {
    get { chosen.load(ordering: .relaxed) }
    set {
      precondition(newValue > 0, "\(newValue) threads")
      chosen.store(newValue, ordering: .relaxed)
    }
  }
}

/// Runs `body` for 0..<count on the threads there are, and returns when all are done.
///
/// Which thread runs which index is open; the caller runs some itself. Inside a body, and while
/// another caller has the crew, everything runs on the caller's own thread.
public func parallel(_ count: Int, _ body: (Int) -> Void) {
  onLanes(count, Threads.count) { index, _ in body(index) }
}

/// The same with room for `scratch` scalars that no other thread uses meanwhile. What stands there at
/// the start of a body is anything.
public func parallel(_ count: Int, scratch: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
  let lanes = max(1, min(Threads.count, count))
  let room = Storage(count: lanes * scratch)
  onLanes(count, lanes) { body($0, room.base + $1 * scratch) }
  withExtendedLifetime(room) {}
}

/// - Parameter body: is given the index, and a lane below `lanes` in which nobody else is.
private func onLanes(_ count: Int, _ lanes: Int, _ body: (Int, Int) -> Void) {
  guard count > 1, lanes > 1, Crew.shared.run(count, helpers: min(lanes, count) - 1, body) else {
    for index in 0..<max(0, count) { body(index, 0) }
    return
  }
}

/// Runs `body` for the ranges that cut 0..<count into pieces of `grain`, the last one shorter.
///
/// - Precondition: the grain must not depend on the number of threads where results add up.
public func parallel(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  let parts = (count + grain - 1) / grain
  parallel(parts) { body(($0 * grain)..<min(count, ($0 + 1) * grain)) }
}

/// The threads that help, asleep between jobs.
private final class Crew: @unchecked Sendable {
  static let shared = Crew()

  private var mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Whether a job is running; whoever finds it set works alone.
  private let isBusy = Atomic<Bool>(false)
  /// Counts jobs. Read without the lock by threads that look out for the next one.
  private let jobs = Atomic<Int>(0)
  private let next = Atomic<Int>(0)

  // Under the mutex:
  private var members = 0
  private var active = 0
  private var places = 0
  private var job: (body: UnsafeRawPointer, count: Int)?

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(done, nil)
  }

  /// - Returns: false, having done nothing, if the crew is at work for another caller.
  func run(_ count: Int, helpers: Int, _ body: (Int, Int) -> Void) -> Bool {
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return false }
    defer { isBusy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        pthread_mutex_lock(mutex)
        while members < helpers { hire() }
        next.store(0, ordering: .relaxed)
        job = (UnsafeRawPointer(pointer), count)
        places = helpers
        jobs.add(1, ordering: .releasing)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)

        work(pointer, count, lane: 0)

        // Who has not come by now is not needed: the job is closed, and only those inside are waited for.
        pthread_mutex_lock(mutex)
        job = nil
        while active > 0 { pthread_cond_wait(done, mutex) }
        pthread_mutex_unlock(mutex)
      }
    }
    return true
  }

  private func work(_ body: UnsafePointer<(Int, Int) -> Void>, _ count: Int, lane: Int) {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body.pointee(index, lane)
    }
  }

  private func hire() {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let refusal = pthread_create(
      &thread, &attributes,
      { _ in Crew.shared.serve() }, nil)
    pthread_attr_destroy(&attributes)
    precondition(refusal == 0, "the system gives no thread: error \(refusal)")
    members += 1
  }

  private func serve() -> Never {
    var seen = 0
    while true {
      // Jobs often follow each other within microseconds; sleeping and waking costs more than that.
      for _ in 0..<500 where jobs.load(ordering: .acquiring) == seen { pk_pause() }
      pthread_mutex_lock(mutex)
      while jobs.load(ordering: .relaxed) == seen { pthread_cond_wait(wake, mutex) }
      seen = jobs.load(ordering: .relaxed)
      guard let job, places > 0 else {
        pthread_mutex_unlock(mutex)
        continue
      }
      let lane = places
      places -= 1
      active += 1
      pthread_mutex_unlock(mutex)
      work(job.body.assumingMemoryBound(to: ((Int, Int) -> Void).self), job.count, lane: lane)
      pthread_mutex_lock(mutex)
      active -= 1
      if active == 0 { pthread_cond_signal(done) }
      pthread_mutex_unlock(mutex)
    }
  }
}
