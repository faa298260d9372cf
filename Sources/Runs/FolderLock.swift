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

  /// Waits until no process holds a folder: one that was told to stop still completes its step.
  ///
  /// - Returns: whether the folder is free; false where it is still held when the time is up.
  package static func isFree(_ folder: URL, within time: Duration) async throws -> Bool {
    guard FileManager.default.fileExists(atPath: folder.path) else { return true }
    let end = ContinuousClock.now + time
    while true {
      do {
        _ = try FolderLock(folder)
        return true
      } catch RunError.busy {
        guard ContinuousClock.now < end, !Interruption.isRequested else { return false }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  deinit { close(descriptor) }
}
