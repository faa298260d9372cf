import Basics
import Dispatch
import Foundation
import Palimpsest

/// A request of a person or a scheduler to end the process (SIGINT, SIGTERM): the current write is
/// completed, then the process ends with code 3. A second request ends it at once.
public enum Interruption {
  private final class State: @unchecked Sendable {
    let lock = NSLock()
    var isRequested = false
    var isWatched = false
    var bodies: [Int: @Sendable () -> Void] = [:]
    var next = 0
    var sources: [any DispatchSourceSignal] = []
  }

  private static let state = State()

  /// Whether the process should end.
  public static var isRequested: Bool { state.lock.withLock { state.isRequested } }

  /// Starts to listen; once is enough.
  public static func watch() {
    state.lock.withLock {
      guard !state.isWatched else { return }
      state.isWatched = true
      for number in [SIGINT, SIGTERM] {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { request() }
        source.resume()
        state.sources.append(source)
      }
      // A reader of our output that went away is an error of that write, not our end.
      signal(SIGPIPE, SIG_IGN)
    }
  }

  /// Takes the end of the process that started this one, however it ended, for a request. Standard input is a pipe whose
  /// other end only that process holds.
  package static func watchParent() {
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while true {
        let count = read(0, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { break }
      }
      request()
    }
  }

  /// Asks the process to end, as a signal does; a second request ends it at once.
  public static func request() {
    let bodies = state.lock.withLock {
      if state.isRequested { _exit(ExitClass.interrupted.rawValue) }
      state.isRequested = true
      return state.bodies.sorted { $0.key < $1.key }.map(\.value)
    }
    bodies.forEach { $0() }
  }

  /// Runs while being told of a request; told at once when there was one already.
  package static func told<Value: Sendable>(
    _ onRequest: @escaping @Sendable () -> Void, while body: () async throws -> Value
  ) async rethrows -> Value {
    let (id, isRequested) = state.lock.withLock {
      state.next += 1
      state.bodies[state.next] = onRequest
      return (state.next, state.isRequested)
    }
    if isRequested { onRequest() }
    defer { state.lock.withLock { state.bodies[id] = nil } }
    return try await body()
  }

  /// The command line of this process, quoted for a shell: the command that resumes it.
  public static var command: String { quoted(CommandLine.arguments) }

  /// Words as a shell reads them back.
  package static func quoted(_ words: [String]) -> String {
    words.map { word in
      word.utf8.allSatisfy(isPlain) && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }

  /// The same command line with a flag that it may have already.
  static func command(adding flag: String) -> String {
    CommandLine.arguments.contains(flag) ? command : "\(command) \(flag)"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || "-_./=,:+@%".utf8.contains(byte)
  }
}
