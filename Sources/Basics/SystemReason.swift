import Foundation

extension Error {
  /// Why a file or a process failed, in the words of the operating system: `No such file or directory`.
  ///
  /// Foundation's own sentence (`localizedDescription`) says less: of a folder that is read as a file it says
  /// `NSCocoaErrorDomain error 256`.
  package var systemReason: String {
    switch self {
    case let error as POSIXError: return Self.words(error.code.rawValue)
    case let error as CocoaError:
      if let number = error.underlyingNumber { return Self.words(number) }
      switch error.code {
      case .fileReadCorruptFile, .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding:
        return "it is not UTF-8 text"
      case .fileNoSuchFile, .fileReadNoSuchFile: return Self.words(ENOENT)
      case .fileReadNoPermission, .fileWriteNoPermission: return Self.words(EACCES)
      case .fileWriteOutOfSpace: return Self.words(ENOSPC)
      case .fileWriteFileExists: return Self.words(EEXIST)
      default: return "error \(error.code.rawValue) of the file system"
      }
    default: return "\(self)"
    }
  }

  private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}

extension CocoaError {
  /// The number of the system's error below this one.
  fileprivate var underlyingNumber: Int32? {
    if let error = underlying as? POSIXError { return error.code.rawValue }
    guard let error = userInfo[NSUnderlyingErrorKey] as? NSError, error.domain == NSPOSIXErrorDomain else { return nil }
    return Int32(exactly: error.code)
  }
}
