import Foundation
import Palimpsest

/// A file as a text, read in pieces and never whole: room does not grow with the file.
///
/// The file is read up to its length when it was opened, so a file that grows meanwhile is not an
/// endless text; a file that shrinks is refused at the missing byte. Only regular files can be read
/// from any offset; a pipe is read with `StandardInputText`.
///
/// A byte-order mark before the first character is not part of the text: offset 0 is the byte behind it.
///
/// - Throws: `TextError.unreadable`, which says why and what to do.
public struct FileText: TextSource {
  /// The path as it was given.
  public let path: String
  /// Name, size and time of change when the file was opened.
  public let identity: TextIdentity
  private let descriptor: Descriptor
  /// Bytes before the text: those of its byte-order mark.
  private let mark: Int

  /// Bytes of a piece; the last one may be shorter.
  public static let pieceSize = 65_536

  /// Opens the file and keeps it open.
  /// - Throws: `TextError.unreadable` for a path that is not a readable regular file.
  public init(_ path: String) throws {
    self.path = path
    descriptor = try Descriptor(opening: path)
    identity = try descriptor.identity(of: path)
    mark = try descriptor.read(byteOrderMark.count, from: 0, of: path) == byteOrderMark ? byteOrderMark.count : 0
  }

  /// Bytes of the text.
  public var count: Int { identity.bytes - mark }

  /// At most `pieceSize` bytes from the offset; nil at the end.
  /// - Throws: `TextError.unreadable` where the file became shorter.
  public func piece(from offset: Int) throws -> [UInt8]? {
    precondition(offset >= 0, "offset \(offset) of \(path)")
    let wanted = min(Self.pieceSize, count - offset)
    guard wanted > 0 else { return nil }
    let piece = try descriptor.read(wanted, from: offset + mark, of: path)
    guard !piece.isEmpty else {
      throw TextError.unreadable(
        path,
        reason: "it had \(count) bytes when it was opened and ends at \(offset) now; "
          + "leave the file alone while it is read, or read a copy")
    }
    return piece
  }
}

/// U+FEFF at the beginning of a file: it says that the file is UTF-8, and is not part of the text.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// Tells whether a file changed without reading it: for checks before a reading is resumed.
public struct TextIdentity: Sendable, Codable, Hashable {
  /// The path as it was given.
  public var name: String
  /// Size of the file.
  public var bytes: Int
  /// Seconds since 1970 of the last change.
  public var modified: Double

  /// - Parameter modified: seconds since 1970.
  public init(name: String, bytes: Int, modified: Double) {
    self.name = name
    self.bytes = bytes
    self.modified = modified
  }
}

/// An open file, closed with its last reader.
private final class Descriptor: Sendable {
  private let number: Int32

  /// Without waiting: opening a pipe would otherwise wait for its writer.
  init(opening path: String) throws {
    number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else { throw TextError.unreadable(path, reason: Self.reason(errno)) }
  }

  deinit { close(number) }

  func identity(of path: String) throws -> TextIdentity {
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw TextError.unreadable(path, reason: Self.reason(errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR:
      throw TextError.unreadable(path, reason: "it is a folder; name the files in it that are to be read")
    case S_IFIFO, S_IFSOCK, S_IFCHR:
      throw TextError.unreadable(
        path, reason: "it is a stream and no file; give - and redirect it to standard input, - < \(path)")
    default:
      throw TextError.unreadable(path, reason: "it is not a regular file; copy its contents into one")
    }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return TextIdentity(
      name: path, bytes: Int(status.st_size),
      modified: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
  }

  /// As much as can be had at once, at most `count` bytes; nothing at the end of the file.
  func read(_ count: Int, from offset: Int, of path: String) throws -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var result = pread(number, buffer.baseAddress, count, off_t(offset))
      while result < 0, errno == EINTR { result = pread(number, buffer.baseAddress, count, off_t(offset)) }
      if result < 0 { failure = errno }
      initialized = max(result, 0)
    }
    guard failure == 0 else { throw TextError.unreadable(path, reason: Self.reason(failure)) }
    return bytes
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "there is no such file; check the path, which is taken from the working directory"
    case EACCES, EPERM: "opening it is not permitted; change its rights, or read a copy"
    case ENOTDIR: "a part of its path is a file and no folder"
    case ENAMETOOLONG: "its path is too long for this system"
    case ELOOP: "its path goes round in circles of symbolic links"
    case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n) or read fewer at once"
    default: String(cString: strerror(code))
    }
  }
}
