import Foundation
import Settings
import Terminal

/// Holds a folder for one process. The kernel lets go when the process ends, however it ends, so a
/// lock never outlives its holder.
package final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `RunError.busy` where another process, or another run of this one, holds it.
  package init(_ folder: URL) throws {
    let path = folder.appending(path: ".lock").path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw RunError.unwritable(folder.path, reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var holder = [UInt8](repeating: 0, count: 64)
      let count = max(0, read(descriptor, &holder, holder.count))
      close(descriptor)
      let name = String(decoding: holder.prefix(count), as: UTF8.self)
      throw RunError.busy(folder.path, holder: name.isEmpty ? "unknown" : name)
    }
    let name = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)"
    _ = ftruncate(descriptor, 0)
    _ = name.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  deinit { close(descriptor) }
}
