import Foundation

/// Why a file could not be written.
package struct FileFault: Error, CustomStringConvertible {
  package var path: String
  package var reason: String

  package var description: String { "\(path) cannot be written: \(reason)" }
}

/// A file that is written whole or not at all: it is written aside, synced and renamed. The file aside is removed
/// unless it is finished.
///
///     try WholeFile.write(to: path) { try $0.write(bytes) }
package struct WholeFile: ~Copyable {
  private let file: String
  private let aside: String
  private let descriptor: Int32
  private var isFinished = false

  package init(_ file: String) throws(FileFault) {
    let place = URL(filePath: file)
    self.file = file
    aside =
      place.deletingLastPathComponent()
      .appending(path: ".\(place.lastPathComponent).\(getpid()).\(UInt32.random(in: 0 ... .max))").path
    descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.fault(file) }
  }

  deinit {
    close(descriptor)
    if !isFinished { unlink(aside) }
  }

  /// Writes a file at once.
  ///
  /// - Throws: `FileFault`, and what the body throws; an earlier file is then untouched.
  package static func write(to file: String, _ body: (inout WholeFile) throws -> Void) throws {
    var output = try WholeFile(file)
    try body(&output)
    try output.finish()
  }

  package mutating func write(_ bytes: some ContiguousBytes) throws(FileFault) {
    let fault: FileFault? = bytes.withUnsafeBytes { bytes in
      do throws(FileFault) {
        try write(bytes)
        return nil
      } catch { return error }
    }
    if let fault { throw fault }
  }

  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileFault) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      let written = systemWrite(descriptor, piece.baseAddress, piece.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Self.fault(file) }
      rest = rest.dropFirst(written)
    }
  }

  /// Waits for the disk, puts the file in its place and waits for the folder too.
  package mutating func finish() throws(FileFault) {
    guard fsync(descriptor) == 0, rename(aside, file) == 0 else { throw Self.fault(file) }
    isFinished = true
    let folder = open(URL(filePath: file).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { throw Self.fault(file) }
    defer { close(folder) }
    // Some network file systems cannot sync a folder; the file itself is on disk by now.
    guard fsync(folder) == 0 || errno == EINVAL else { throw Self.fault(file) }
  }

  private static func fault(_ file: String) -> FileFault {
    let reason =
      switch errno {
      case ENOSPC, EDQUOT: "the disk is full; free room, or choose another place"
      case ENOENT: "its folder does not exist; make it first"
      case EACCES, EPERM: "writing there is not permitted"
      default: String(cString: strerror(errno))
      }
    return FileFault(path: file, reason: reason)
  }
}

/// `write` of the system, which the method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
