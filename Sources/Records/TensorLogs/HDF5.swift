import CHDF5
import Foundation

/// The library: its refusals become errors with its own words, and it prints nothing.
///
/// Debian's build locks itself; others do not. So every use of the library stands inside `use`, one at
/// a time in the whole process.
enum HDF5 {
  private static let lock = NSRecursiveLock()

  static func use<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    _ = palimpsest_h5_silence()
    return try body()
  }

  /// A result of the library, which is negative when it refuses.
  static func checked<Result: SignedInteger>(_ result: Result, _ what: String) throws(HDF5Fault) -> Result {
    guard result >= 0 else { throw HDF5Fault(doing: what) }
    return result
  }
}

/// Why the library refused: the innermost line of its error stack.
struct HDF5Fault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(doing what: String) {
    var reason = ""
    withUnsafeMutablePointer(to: &reason) { reason in
      _ = H5Ewalk2(
        palimpsest_h5e_default(), H5E_WALK_UPWARD,
        { _, line, reason in
          guard let reason = reason?.assumingMemoryBound(to: String.self), let text = line?.pointee.desc else {
            return 0
          }
          if reason.pointee.isEmpty { reason.pointee = String(cString: text) }
          return 0
        }, reason)
    }
    _ = H5Eclear2(palimpsest_h5e_default())
    // Some lines are as long as a paragraph, with line feeds in them.
    let line = reason.split { $0.isWhitespace }.joined(separator: " ").prefix(300)
    description = line.isEmpty ? what : "\(what): \(line)"
  }
}

/// A handle of the library, released at the end of its life.
struct Handle: ~Copyable {
  let id: hid_t
  private let release: @convention(c) (hid_t) -> herr_t

  init(
    _ id: hid_t, _ what: @autoclosure () -> String, release: @escaping @convention(c) (hid_t) -> herr_t
  ) throws(HDF5Fault) {
    guard id >= 0 else { throw HDF5Fault(doing: what()) }
    self.id = id
    self.release = release
  }

  deinit {
    let (id, release) = (id, release)
    HDF5.use { _ = release(id) }
  }
}
