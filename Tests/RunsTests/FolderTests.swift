import Foundation
import Runs
import Support
import Testing

@Suite struct `A run folder` {
  @Test func `is held by one writer at a time`() throws {
    let scratch = try Scratch()
    let lock = try FolderLock(scratch.url)
    let complaint = complaint { try FolderLock(scratch.url) }
    #expect(complaint?.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
    withExtendedLifetime(lock) {}
  }

  @Test func `is free again when its writer let go`() throws {
    let scratch = try Scratch()
    do { _ = try FolderLock(scratch.url) }
    #expect(complaint { try FolderLock(scratch.url) } == nil)
  }
}
