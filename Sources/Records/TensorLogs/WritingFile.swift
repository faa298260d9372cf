import CHDF5
import Foundation

/// An HDF5 file that other programs can open at any moment, also after its writer was killed.
///
/// HDF5 keeps a file readable during writing only in its single-writer mode (SWMR), where metadata
/// reaches the disk in an order in which every state can be read. But it marks such a file as being
/// written, and the mark remains if the writer dies, so that no program can open the file until a tool
/// removes the mark. Three measures prevent that:
///
/// - The file is made, filled and put into that mode under another name, and then renamed.
/// - The mark stands in the superblock, which `H5Dflush` never writes. So this type writes the superblock
///   without the mark. The superblock declares a larger file size, and the file is extended sparsely to
///   match, so that new rows are inside the file before they exist.
/// - The library writes the superblock once more when it closes a file. So its descriptor is pointed at
///   a scratch file before that: everything is in the real file by then.
final class WritingFile {
  let path: String
  private let part: String
  private let file: Handle
  private let descriptor: Int32
  private let lock: Int32
  private var declaredEnd = 0
  private var isAbandoned = false

  static let headroom = 64 << 20

  /// - Parameter fill: makes the datasets and writes their first rows.
  init(_ url: URL, fill: (hid_t) throws -> Void) throws {
    path = url.path
    part = url.path + ".part"
    lock = try Self.locked(url.path)
    do {
      let access = try Handle(H5Pcreate(palimpsest_h5p_file_access()), "making \(path)", release: H5Pclose)
      _ = try HDF5.checked(palimpsest_h5_latest(access.id), "making \(path)")
      file = try Handle(
        H5Fcreate(part, palimpsest_h5f_acc_trunc(), 0, access.id), "making \(path)", release: H5Fclose)
    } catch {
      Self.unlock(lock, path)
      throw TensorLogError.unwritable(path, reason: "\(error)")
    }
    descriptor = open(part, O_RDWR | O_CLOEXEC)
    do {
      guard descriptor >= 0 else { throw HDF5Fault(String(cString: strerror(errno))) }
      try fill(file.id)
      _ = try HDF5.checked(H5Fflush(file.id, H5F_SCOPE_GLOBAL), "making \(path)")
      _ = try HDF5.checked(H5Fstart_swmr_write(file.id), "making \(path)")
      try reserve(0)
      guard rename(part, path) == 0 else { throw HDF5Fault(String(cString: strerror(errno))) }
    } catch {
      unlink(part)
      throw error is TensorLogError ? error : TensorLogError.unwritable(path, reason: "\(error)")
    }
  }

  deinit { abandon() }

  /// Ensures that the next rows lie inside the file as readers see it.
  func reserve(_ bytes: Int) throws(HDF5Fault) {
    let used = try used()
    // Rows fill whole chunks, and the index grows with them: twice the room, plus a reserve.
    guard used + 2 * bytes + (4 << 20) > declaredEnd else { return }
    let end = used + 2 * bytes + Self.headroom
    guard ftruncate(descriptor, off_t(end)) == 0 else {
      throw HDF5Fault("extending the file: \(String(cString: strerror(errno)))")
    }
    try declare(end)
  }

  /// Bytes the library has given out.
  private func used() throws(HDF5Fault) -> Int {
    var size: hsize_t = 0
    _ = try HDF5.checked(H5Fget_filesize(file.id, &size), "measuring the file")
    return Int(size)
  }

  private func declare(_ end: Int) throws(HDF5Fault) {
    var bytes = [UInt8](repeating: 0, count: Superblock.size)
    guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count, let superblock = Superblock(bytes) else {
      throw HDF5Fault("the superblock is not as it was written")
    }
    let unmarked = superblock.unmarked(end: UInt64(end)).bytes
    guard pwrite(descriptor, unmarked, unmarked.count, 0) == unmarked.count else {
      throw HDF5Fault("writing the superblock: \(String(cString: strerror(errno)))")
    }
    declaredEnd = end
  }

  /// Closes the file as it is on disk.
  func abandon() {
    HDF5.use {
      guard !isAbandoned else { return }
      isAbandoned = true
      let used = try? used()
      turnAway()
      // The reserved room is released; if that fails it stays, sparse and harmless.
      if descriptor >= 0, declaredEnd > 0, let used, (try? declare(used)) != nil { ftruncate(descriptor, off_t(used)) }
      if descriptor >= 0 { close(descriptor) }
      Self.unlock(lock, path)
    }
  }

  /// Turns the library's descriptor to a scratch file.
  private func turnAway() {
    var pointer: UnsafeMutableRawPointer?
    guard H5Fget_vfd_handle(file.id, 0, &pointer) >= 0, let raw = pointer?.load(as: Int32.self) else { return }
    var name = Array((NSTemporaryDirectory() + "/palimpsest-XXXXXX").utf8CString)
    let scratch = mkstemp(&name)
    guard scratch >= 0 else { return }
    unlink(name)
    dup2(scratch, raw)
    close(scratch)
  }

  /// One writer: a lock beside the file, since the file itself is replaced when it is resumed.
  private static func locked(_ path: String) throws(TensorLogError) -> Int32 {
    let lockPath = path + ".lock"
    while true {
      let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard lock >= 0 else { throw .unwritable(path, reason: String(cString: strerror(errno))) }
      guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
        close(lock)
        throw .inUse(path)
      }
      // The previous holder may have removed the lock file meanwhile: then the lock is on a file
      // that no other process sees.
      var mine = stat()
      var seen = stat()
      if fstat(lock, &mine) == 0, stat(lockPath, &seen) == 0, mine.st_ino == seen.st_ino { return lock }
      close(lock)
    }
  }

  private static func unlock(_ lock: Int32, _ path: String) {
    unlink(path + ".lock")
    close(lock)
  }
}
