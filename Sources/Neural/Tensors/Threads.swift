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

  /// By default the number of processors, or PALIMPSEST_THREADS.
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

/// The same with room for `scratch` scalars that no other thread uses meanwhile. Its contents are
/// arbitrary at the start of a body.
public func parallel(_ count: Int, scratch: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
  let lanes = max(1, min(Threads.count, count))
  let room = Storage(count: lanes * scratch)
  onLanes(count, lanes) { body($0, room.base + $1 * scratch) }
  withExtendedLifetime(room) {}
}

/// - Parameter body: gets the index, and a lane below `lanes` that no other call uses at the same
///   time.
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

/// The helper threads. Between jobs they spin for a while, then sleep.
///
/// A pass through a decoder is hundreds of jobs of tens of microseconds: sleeping between them costs more
/// time than the work. The spinning is bounded, so that on a busy machine an idle helper does not keep a
/// processor from other work.
///
/// Where another process takes the processor from a helper in the middle of a job, the caller waits for it: a time slice
/// of milliseconds, in which it could have done a hundred jobs. No cutting of the work helps, because the smallest piece
/// keeps the caller as long. `HelperLosses` decides when the caller works alone instead.
private final class Crew: @unchecked Sendable {
  static let shared = Crew()

  /// Beats of looking out before sleeping: some 50 µs.
  private static let patience = 2000

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Whether a job is running; a caller that finds it set works alone.
  private let isBusy = Atomic<Bool>(false)
  /// The shared state: the members inside the job, and `place` times the places that are left.
  private let state = Atomic<Int>(0)
  private let next = Atomic<Int>(0)
  /// Threads that must be woken: members that wait for a job, and the caller that waits for
  /// members.
  private let sleepers = Atomic<Int>(0)
  private let isAwaited = Atomic<Bool>(false)
  // Written while no member is inside.
  private var members: [pthread_t] = []
  private var losses = HelperLosses()
  private var job: (body: UnsafeRawPointer, count: Int)?

  private static let place = 1 << 16

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(done, nil)
  }

  /// - Returns: false, having done nothing, if the crew is at work for another caller.
  func run(_ count: Int, helpers: Int, _ body: (Int, Int) -> Void) -> Bool {
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return false }
    defer { isBusy.store(false, ordering: .releasing) }
    guard !losses.isAlone(at: Self.now) else { return false }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        while members.count < helpers { hire() }
        next.store(0, ordering: .relaxed)
        job = (UnsafeRawPointer(pointer), count)
        state.store(helpers * Self.place, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { signal(wake) }

        work(pointer, count, lane: 0)

        // Members that have not joined by now are not needed: the job is closed, and the caller waits
        // only for those inside.
        state.bitwiseAnd(Self.place - 1, ordering: .sequentiallyConsistent)
        if isPatient(until: { self.state.load(ordering: .acquiring) == 0 }) { return }
        let (start, worked) = (Self.now(), membersSeconds)
        defer {
          let end = Self.now()
          // A piece that takes long is work, and no loss.
          if membersSeconds - worked < (end - start) / 2 { losses.add(waited: end - start, at: end) }
        }
        pthread_mutex_lock(mutex)
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        while state.load(ordering: .sequentiallyConsistent) > 0 { pthread_cond_wait(done, mutex) }
        isAwaited.store(false, ordering: .relaxed)
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

  /// The processor time of all members, in seconds.
  private var membersSeconds: Double {
    #if canImport(Darwin)
      // A thread cannot ask for the time of another there: no wait counts as a loss.
      Self.now()
    #else
      members.reduce(0) { sum, member in
        var clock = clockid_t()
        return pthread_getcpuclockid(member, &clock) == 0 ? sum + Self.seconds(of: clock) : sum
      }
    #endif
  }

  private static func now() -> Double { seconds(of: CLOCK_MONOTONIC) }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Looks out for something for a while.
  private func isPatient(until holds: () -> Bool) -> Bool {
    for _ in 0..<Self.patience {
      if holds() { return true }
      pk_pause()
    }
    return false
  }

  private func signal(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
    // Under the mutex, so that no thread is between its check and its sleep.
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
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
    #if canImport(Darwin)
      if let thread { members.append(thread) }
    #else
      members.append(thread)
    #endif
  }

  private func serve() -> Never {
    while true {
      if !isPatient(until: { self.hasPlace }) {
        pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while !hasPlace { pthread_cond_wait(wake, mutex) }
        sleepers.subtract(1, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
      }
      guard let lane = enter(), let job else { continue }
      work(job.body.assumingMemoryBound(to: ((Int, Int) -> Void).self), job.count, lane: lane)
      let left = state.subtract(1, ordering: .sequentiallyConsistent).newValue
      if left == 0, isAwaited.load(ordering: .sequentiallyConsistent) { signal(done) }
    }
  }

  private var hasPlace: Bool { state.load(ordering: .sequentiallyConsistent) >= Self.place }

  /// Takes a place in the job, if there is one; from then on the job stays until it is left.
  private func enter() -> Int? {
    var now = state.load(ordering: .acquiring)
    while now >= Self.place {
      let (isIn, seen) = state.compareExchange(
        expected: now, desired: now - Self.place + 1, ordering: .acquiringAndReleasing)
      if isIn { return now / Self.place }
      now = seen
    }
    return nil
  }
}

/// When a caller works alone because waits for helpers cost more than the helpers gain.
///
/// A helper at most doubles the speed of its caller, so it has to help longer than the caller then waits for it. A wait
/// of up to a quarter of the time since the wait before is accepted. After a longer one helpers work by `turn` for the time
/// `caution`: less than half of the time, in runs about as long as a time slice. A scheduler that is fair lets such threads run
/// as soon as they wake, and does not interrupt them. Where a turn is interrupted too, the caller works alone for eight
/// times the wait, and twice as many times with each further one, up to 64.
package struct HelperLosses {
  /// Seconds of helping, and of a turn: helping and working alone.
  package static let (help, turn) = (2e-3, 5e-3)
  /// Seconds of turns.
  package static let caution = 0.1
  /// The longest that a caller works alone, in seconds.
  package static let longest = 0.5

  /// When the last wait or the time alone after it ended, and when the turns end.
  private var since = -Double.infinity
  private var end = -Double.infinity
  private var factor = 8.0

  package init() {}

  /// - Parameter now: asked only where it matters.
  package mutating func isAlone(at now: () -> Double) -> Bool {
    guard end > -.infinity else { return false }
    let now = now()
    if now < since { return true }
    if now < end { return (now - since).truncatingRemainder(dividingBy: Self.turn) > Self.help }
    end = -.infinity
    return false
  }

  /// Takes note of a wait that ended just now, in seconds.
  package mutating func add(waited: Double, at now: Double) {
    let time = now - waited - since
    let helped = end > -.infinity ? time * Self.help / Self.turn : time
    if helped >= 4 * waited {
      (since, factor) = (now, 8)
      return
    }
    // The first turn begins with time alone.
    if end > -.infinity {
      since = now + min(Self.longest, factor * waited)
      factor = min(64, 2 * factor)
    } else {
      since = now + Self.turn - Self.help
    }
    end = since + Self.caution
  }
}
