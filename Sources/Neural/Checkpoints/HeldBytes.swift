import Foundation

/// Bytes that stay in place while this object is held: a file mapped into memory, or a copy.
///
/// A mapped file takes no memory of the process until it is read, and the system can drop the parts that
/// were read.
///
/// - Important: a file that is truncated while it is mapped ends the process at the first read of the
///   missing part. Replace files by renaming, as `Checkpoint.write` does; never write into a file that is
///   in use.
public final class HeldBytes: Sendable {
  nonisolated(unsafe) public let start: UnsafeRawPointer
  /// Bytes from `start` on.
  public let count: Int
  private let isMapped: Bool

  /// Maps a regular file at its current length.
  ///
  /// - Throws: `CheckpointError.unreadable`.
  public init(mapping file: String) throws {
    // Without waiting: opening a pipe would otherwise wait for its writer.
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw CheckpointError.unreadable(file: file, reason: Self.reason(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointError.unreadable(file: file, reason: Self.reason(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError.unreadable(file: file, reason: "it is not a regular file; name a file, or its folder")
    }
    count = Int(status.st_size)
    isMapped = count > 0
    guard count > 0 else {
      start = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
      return
    }
    let mapped = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw CheckpointError.unreadable(file: file, reason: Self.reason(errno))
    }
    start = UnsafeRawPointer(mapped)
  }

  /// A copy of bytes in memory.
  public init(_ bytes: some Collection<UInt8>) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    copy.copyBytes(from: bytes)
    start = UnsafeRawPointer(copy.baseAddress!)  // allocated just now, never empty
    count = bytes.count
    isMapped = false
  }

  /// Bytes of its own, all of which `fill` writes.
  init(count: Int, fill: (UnsafeMutableRawPointer) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
    fill(memory)
    start = UnsafeRawPointer(memory)
    self.count = count
    isMapped = false
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: start), count)
    } else {
      start.deallocate()
    }
  }

  /// All bytes, valid for the call.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(start: start, count: count)) }
  }

  /// Declares that bytes will not be read again soon: the memory of a mapped file is released, and the file
  /// is read again if needed.
  func leave(_ range: Range<Int>) {
    let page = Int(getpagesize())
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    guard isMapped, first < end else { return }
    // It is only advice: the system may keep the memory.
    madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
  }

  static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "there is no such file; check the path, which is taken from the working directory"
    case EACCES, EPERM: "opening it is not permitted; change its rights, or read a copy"
    case ENOTDIR: "a part of its path is a file and no folder"
    case ENOMEM: "there is no room to map it; raise the limit on address space (ulimit -v)"
    case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n)"
    default: String(cString: strerror(code))
    }
  }
}
