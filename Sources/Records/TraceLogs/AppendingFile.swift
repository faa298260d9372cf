import Foundation

/// An append-only file of whole records, with one writer.
///
/// A record is written in one `write`; an incomplete record (the disk is full) is removed, so that
/// the file always ends with a whole record.
struct AppendingFile: ~Copyable {
  let path: String
  private let descriptor: Descriptor
  /// Bytes of whole records.
  private(set) var count = 0

  /// Opens or makes the file and locks it; `truncate` then sets the length of its whole records.
  init(_ url: URL) throws(TraceLogError) {
    path = url.path
    descriptor = try Self.locked(url.path)
  }

  private static func locked(_ path: String) throws(TraceLogError) -> Descriptor {
    let descriptor: Descriptor
    do {
      descriptor = try Descriptor(path, O_RDWR | O_CREAT | O_APPEND)
    } catch {
      throw .unwritable(path, reason: error.reason)
    }
    if flock(descriptor.raw, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    throw .inUse(path)
  }

  /// Cuts off the bytes behind the whole records.
  mutating func truncate(to whole: Int) throws(TraceLogError) {
    guard ftruncate(descriptor.raw, off_t(whole)) == 0 else { throw failure }
    count = whole
  }

  mutating func append(_ record: Data) throws(TraceLogError) {
    var written = 0
    while written < record.count {
      let size = record.withUnsafeBytes { write(descriptor.raw, $0.baseAddress! + written, record.count - written) }
      if size > 0 {
        written += size
      } else if errno != EINTR {
        let failure = failure
        if written > 0 { _ = ftruncate(descriptor.raw, off_t(count)) }
        throw failure
      }
    }
    count += record.count
  }

  /// Waits until the disk has it.
  func synchronize() throws(TraceLogError) {
    guard fsync(descriptor.raw) == 0 || errno == EINVAL else { throw failure }
  }

  private var failure: TraceLogError { .unwritable(path, reason: String(cString: strerror(errno))) }
}
