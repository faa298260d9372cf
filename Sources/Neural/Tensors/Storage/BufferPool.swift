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
/// Buffers beyond `limit` bytes are returned to the system.
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
    var count = Count()
    var limit = 1 << 30
  }

  private static let state = Mutex(State())

  /// Requests and misses so far; the difference of two values is the use in between.
  public static var count: Count { state.withLock { $0.count } }

  /// The most bytes that may wait for reuse; 1 GiB by default.
  public static var limit: Int {
    get { state.withLock { $0.limit } }
    set {
      state.withLock { $0.limit = newValue }
      if newValue < count.idleBytes { empty() }
    }
  }

  /// Gives all idle buffers back to the system.
  public static func empty() {
    let idle = state.withLock { state in
      let idle = state.idle.joined().map { UInt(bitPattern: $0) }
      for index in state.idle.indices { state.idle[index].removeAll() }
      state.count.idleBytes = 0
      return idle
    }
    for address in idle { free(UnsafeMutableRawPointer(bitPattern: address)) }
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

  static func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let (index, capacity) = sizeClass(of: count)
    let address: UInt? = state.withLock { state in
      state.count.requests += 1
      guard let buffer = state.idle[index].popLast() else {
        state.count.misses += 1
        return nil
      }
      state.count.idleBytes -= 4 * capacity
      return UInt(bitPattern: buffer)
    }
    if let address, let buffer = UnsafeMutableRawPointer(bitPattern: address) {
      return buffer.assumingMemoryBound(to: Float.self)
    }
    return systemMemory(bytes: 4 * capacity).bindMemory(to: Float.self, capacity: capacity)
  }

  static func give(_ buffer: UnsafeMutablePointer<Float>, count: Int) {
    let (index, capacity) = sizeClass(of: count)
    let address = UInt(bitPattern: buffer)
    let isKept = state.withLock { state in
      guard state.count.idleBytes + 4 * capacity <= state.limit else { return false }
      if let buffer = UnsafeMutableRawPointer(bitPattern: address) { state.idle[index].append(buffer) }
      state.count.idleBytes += 4 * capacity
      return true
    }
    if !isKept { free(buffer) }
  }
}
