import Basics
import Foundation
import Palimpsest
import Synchronization

/// The output of a process: results to standard output, everything else to standard error.
public struct Console: Sendable {
  /// Whether progress and notes are left out; warnings and errors are not.
  public var isQuiet: Bool
  /// Whether standard error is a terminal: only then lines are rewritten in place.
  public var isTerminal: Bool
  /// False without a terminal, with `NO_COLOR` and with `--no-color`.
  public var hasColor: Bool

  /// Looks at the terminal and at `TERM` and `NO_COLOR`.
  public init(isQuiet: Bool = false, noColor: Bool = false) {
    let environment = ProcessInfo.processInfo.environment
    self.isQuiet = isQuiet
    isTerminal = isatty(2) == 1 && environment["TERM"] != "dumb"
    hasColor = isTerminal && !noColor && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Columns of the terminal that standard output is; nil where it is none.
  public var width: Int? {
    var size = winsize()
    guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// A result, to standard output.
  ///
  /// A reader that closed the pipe (`| head`) has what it needs, and no message is printed. Any other failure
  /// ends the process with a message and code 4, because the results are lost.
  public func result(_ text: String) {
    guard let number = Self.write(text + "\n", to: 1), number != EPIPE else { return }
    fail(
      RunError.environment(
        "standard output cannot be written: \(String(cString: strerror(number))); what is done is kept in the folder "
          + "for runs, and the same command prints it again"))
  }

  /// A message that quiet suppresses.
  public func note(_ text: String) {
    if !isQuiet { Self.write(clearing + text + "\n", to: 2) }
  }

  /// A message that always comes.
  public func warn(_ text: String) { Self.write(clearing + marked("warning: ", 33) + text + "\n", to: 2) }

  /// A message that always comes, once in a process: what concerns all runs of a sweep is not said for each.
  public func warnOnce(_ text: String) {
    if Self.said.withLock({ $0.insert(text).inserted }) { warn(text) }
  }

  private static let said = Mutex<Set<String>>([])

  /// A line on standard error, also when quiet.
  public func error(_ text: String) { Self.write(clearing + marked("error: ", 31) + text + "\n", to: 2) }

  /// A line that the next one replaces; without a terminal, a plain line.
  package func progress(_ text: String) {
    if !isQuiet { Self.write(clearing + text + (isTerminal ? "" : "\n"), to: 2) }
  }

  package func endProgress() {
    if isTerminal, !isQuiet { Self.write(clearing, to: 2) }
  }

  private var clearing: String { isTerminal && !isQuiet ? "\r\u{1B}[K" : "" }

  private func marked(_ text: String, _ color: Int) -> String {
    hasColor ? "\u{1B}[\(color)m\(text)\u{1B}[0m" : text
  }

  /// - Returns: the error number of a write that failed; nil where everything is written.
  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        return errno
      }
    }
    return nil
  }
}

extension Console {
  /// Reports an error and ends the process with its code.
  public func fail(_ error: any Error) -> Never {
    switch error {
    case RunError.interrupted: note("\(error)")
    case let error as any CustomStringConvertible: self.error(error.description)
    default: self.error(error.systemReason)
    }
    exit(ExitClass(of: error).rawValue)
  }
}
