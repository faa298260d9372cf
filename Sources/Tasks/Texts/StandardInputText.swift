import Dispatch
import Foundation
import Palimpsest
import Synchronization

/// A stream that can only be read forward, as a text: standard input, a pipe.
///
/// The last piece is kept, so a place within it can be read again. For a place ahead, the stream is read up
/// to that place: a reading is resumed by piping the same text again. Earlier text is gone, and a request for
/// it throws. A byte-order mark at the beginning of the stream is not part of the text.
///
/// - Throws: `TextError.unreadable` for a place that is gone or a broken stream, `TextError.empty`
///   for a stream without text.
public struct StandardInputText: TextSource {
  private let stream: Stream

  /// - Parameter descriptor: an open descriptor, which is not closed.
  public init(descriptor: Int32 = 0, name: String = "standard input") {
    stream = Stream(descriptor: descriptor, name: name)
  }

  /// Waits for the stream on a thread of its own; a cancelled task stops waiting.
  public func piece(from offset: Int) async throws -> [UInt8]? {
    precondition(offset >= 0, "offset \(offset) of standard input")
    let isCancelled = Flag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        stream.queue.async { [stream] in
          continuation.resume(with: Result { try stream.piece(from: offset, unless: isCancelled) })
        }
      }
    } onCancel: {
      isCancelled.value.store(true, ordering: .relaxed)
    }
  }
}

private final class Flag: Sendable {
  let value = Atomic(false)
}

private final class Stream: Sendable {
  private struct State {
    /// The last piece with a little of the one before, and where it begins.
    var window: [UInt8] = []
    var start = 0
    var isEnd = false
    /// The first bytes, until they are known to be a byte-order mark or none; nil then.
    var opening: [UInt8]? = []

    var end: Int { start + window.count }
  }

  let queue = DispatchQueue(label: "palimpsest.standard-input")
  private let descriptor: Int32
  private let name: String
  private let state = Mutex(State())

  private static let pieceSize = 65_536
  private static let margin = 4096
  /// How often a wait for the stream checks for cancellation.
  private static let patience: Int32 = 100  // milliseconds

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  func piece(from offset: Int, unless isCancelled: Flag) throws -> [UInt8]? {
    try state.withLock { state in
      guard offset >= state.start else {
        throw TextError.unreadable(
          name,
          reason: "it was read up to byte \(state.end) and cannot go back to byte \(offset); "
            + "to read a text twice, or to resume, save it to a file and give the file's path")
      }
      while offset >= state.end, !state.isEnd { try refill(&state, unless: isCancelled) }
      if offset < state.end { return Array(state.window[(offset - state.start)...]) }
      if state.end == 0 { throw TextError.empty(name) }
      guard offset == state.end else {
        throw TextError.unreadable(
          name,
          reason: "it ends at byte \(state.end), but the reading had come to byte \(offset); "
            + "pipe in the same text as before")
      }
      return nil
    }
  }

  private func refill(_ state: inout State, unless isCancelled: Flag) throws {
    try waitForInput(unless: isCancelled)
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, initialized in
      let result = read(descriptor, buffer.baseAddress, Self.pieceSize)
      if result < 0 { failure = errno }
      initialized = max(result, 0)
    }
    if failure == EINTR || failure == EAGAIN { return }
    guard failure == 0 else {
      throw TextError.unreadable(name, reason: String(cString: strerror(failure)))
    }
    guard !bytes.isEmpty else {
      state.isEnd = true
      if let opening = state.opening { append(opening, to: &state) }
      return
    }
    guard let opening = state.opening else { return append(bytes, to: &state) }
    let begun = opening + bytes
    if begun.count < byteOrderMark.count, byteOrderMark.starts(with: begun) {
      state.opening = begun
    } else {
      append(begun.starts(with: byteOrderMark) ? Array(begun.dropFirst(byteOrderMark.count)) : begun, to: &state)
    }
  }

  private func append(_ bytes: [UInt8], to state: inout State) {
    state.opening = nil
    let kept = state.window.suffix(Self.margin)
    state.start = state.end - kept.count
    state.window = Array(kept) + bytes
  }

  private func waitForInput(unless isCancelled: Flag) throws {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // Ready, ended and broken streams all end the wait; reading then says which it is.
    while poll(&request, 1, Self.patience) == 0 {
      if isCancelled.value.load(ordering: .relaxed) { throw CancellationError() }
    }
  }
}
