import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory of tensors: it allocates their buffers and keeps freed ones for reuse.
///
/// Freed buffers are kept by size and reused, so that a training step like the step before takes no
/// memory from the system: no page faults, no zeroing. Sizes are rounded up by at most an eighth.
///
/// What waits and what is in use together take at most one and a half times what was ever in use at once (64 MiB at
/// least), and what waits takes at most `limit`. Steps whose sizes differ would otherwise leave buffers of every size
/// behind, and a long training would grow. The sizes that were not asked for the longest go back to the system first.
public enum BufferPool {
  /// Counts since the process began.
  public struct Count: Sendable, Hashable {
    /// Buffers asked for.
    public var requests = 0
    /// Requests that had to ask the system.
    public var misses = 0
    /// Bytes that wait to be used again.
    public var idleBytes = 0
  }

  private struct State: @unchecked Sendable {
    var idle: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 8 * 64)
    /// Of each size, when a buffer was last asked for or given back.
    var used = [Int](repeating: 0, count: 8 * 64)
    var count = Count()
    var limit = 1 << 30
    /// Bytes of buffers in use, and the most there ever were.
    var live = 0, most = 0
    var time = 0

    /// Bytes that may wait now.
    var allowance: Int { min(limit, max(64 << 20, most + most / 2 - live)) }

    mutating func touch(_ index: Int) {
      time += 1
      used[index] = time
    }

    /// Takes out what may not wait any longer.
    mutating func surplus() -> [UInt] {
      var surplus: [UInt] = []
      while count.idleBytes > allowance {
        var oldest: Int?
        for index in idle.indices where !idle[index].isEmpty && used[index] < oldest.map({ used[$0] }) ?? .max {
          oldest = index
        }
        guard let oldest, let buffer = idle[oldest].popLast() else { break }
        count.idleBytes -= 4 * BufferPool.capacity(of: oldest)
        surplus.append(UInt(bitPattern: buffer))
      }
      return surplus
    }
  }

  private static let state = Mutex(State())

  /// Requests and misses so far; the difference of two values is the use in between.
  public static var count: Count { state.withLock { $0.count } }

  /// The most bytes that may wait for reuse; 1 GiB by default.
  public static var limit: Int {
    get { state.withLock { $0.limit } }
    set {
      free(
        state.withLock { state in
          state.limit = newValue
          return state.surplus()
        })
    }
  }

  /// Gives all idle buffers back to the system, and counts from now on what is in use at once.
  public static func empty() {
    free(
      state.withLock { state in
        let idle = state.idle.joined().map { UInt(bitPattern: $0) }
        for index in state.idle.indices { state.idle[index].removeAll() }
        state.count.idleBytes = 0
        state.most = state.live
        return idle
      })
  }

  private static func free(_ addresses: [UInt]) {
    for address in addresses { systemFree(UnsafeMutableRawPointer(bitPattern: address)) }
  }

  /// Scalars that fit one cache line: where every buffer begins, and the least it holds.
  private static let line = 16

  /// The class of a size and how many scalars that class holds: eight classes an octave.
  private static func sizeClass(of count: Int) -> (index: Int, capacity: Int) {
    let lines = max(1, (count + line - 1) / line)
    guard lines > 8 else { return (lines - 1, lines * line) }
    let shift = (Int.bitWidth - 1 - (lines - 1).leadingZeroBitCount) - 3
    let step = 1 << shift
    let rounded = (lines + step - 1) / step
    return (8 * shift + rounded - 1, rounded * step * line)
  }

  /// Scalars of a class.
  private static func capacity(of index: Int) -> Int {
    guard index >= 16 else { return (index + 1) * line }
    let shift = index / 8 - 1
    return (index - 8 * shift + 1) << shift * line
  }

  static func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let (index, capacity) = sizeClass(of: count)
    let (address, surplus): (UInt?, [UInt]) = state.withLock { state in
      state.count.requests += 1
      state.live += 4 * capacity
      state.most = max(state.most, state.live)
      state.touch(index)
      guard let buffer = state.idle[index].popLast() else {
        state.count.misses += 1
        return (nil, state.surplus())
      }
      state.count.idleBytes -= 4 * capacity
      return (UInt(bitPattern: buffer), [])
    }
    free(surplus)
    if let address, let buffer = UnsafeMutableRawPointer(bitPattern: address) {
      return buffer.assumingMemoryBound(to: Float.self)
    }
    return systemMemory(bytes: 4 * capacity).bindMemory(to: Float.self, capacity: capacity)
  }

  static func give(_ buffer: UnsafeMutablePointer<Float>, count: Int) {
    let (index, capacity) = sizeClass(of: count)
    let address = UInt(bitPattern: buffer)
    let surplus = state.withLock { state in
      state.live -= 4 * capacity
      state.touch(index)
      if let buffer = UnsafeMutableRawPointer(bitPattern: address) { state.idle[index].append(buffer) }
      state.count.idleBytes += 4 * capacity
      return state.surplus()
    }
    free(surplus)
  }
}
