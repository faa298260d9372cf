import Foundation

/// An open file, closed at the end of its life.
struct Descriptor: ~Copyable {
  let raw: Int32

  /// - Throws: the reason, in the system's words.
  init(_ path: String, _ flags: Int32) throws(SystemRefusal) {
    let opened = open(path, flags | O_CLOEXEC, 0o644)
    guard opened >= 0 else { throw .last }
    raw = opened
  }

  deinit { close(raw) }
}

struct SystemRefusal: Error {
  let reason: String
  static var last: SystemRefusal { SystemRefusal(reason: String(cString: strerror(errno))) }
}
