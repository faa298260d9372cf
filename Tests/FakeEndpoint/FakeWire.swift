import Foundation
import Synchronization

#if canImport(Darwin)
  private let streamSocket = SOCK_STREAM
  private let noSignal: Int32 = 0
#else
  private let streamSocket = Int32(SOCK_STREAM.rawValue)
  private let noSignal = Int32(MSG_NOSIGNAL)
#endif

/// A server on loopback that sends any bytes at any time: everything a well-behaved server does not.
///
/// One thread per connection, as blocking sockets want; all of them end with `stop`.
public final class FakeWire: Sendable {
  /// One thing done on a connection, after a request has been read.
  public enum Act: Sendable {
    case send([UInt8])
    case text(String)
    /// One byte at a time, with a pause after each.
    case drip([UInt8], seconds: Double)
    case wait(seconds: Double)
    /// Silence until the client goes or the fake is stopped.
    case hang
    /// An orderly end (FIN), or none (RST).
    case close
    case reset
  }

  /// A request as it came.
  public struct Request: Sendable {
    /// Counted over all connections, from 0.
    public var index: Int
    public var connection: Int
    public var method: String
    public var path: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public subscript(name: String) -> String? {
      headers.first { $0.name.lowercased() == name }?.value
    }
  }

  /// `http://127.0.0.1:PORT`
  public let origin: String
  public var url: String { origin + "/v1" }
  public var requests: [Request] { state.withLock { $0.requests } }
  public var connections: Int { state.withLock { $0.connections } }
  /// Whether nobody listens any more.
  public var isClosed: Bool { state.withLock { $0.isClosed } }

  private struct State {
    var requests: [Request] = []
    var connections = 0
    var open: Set<Int32> = []
    var isStopped = false
    var isClosed = false
  }

  private let listener: Int32
  /// Sits in the only place of a queue that accepts nobody.
  private let filler: Int32
  private let state = Mutex(State())
  private let greeting: [Act]
  private let script: @Sendable (Request) -> [Act]

  /// - Parameters:
  ///   - accepts: false for a server whose queue of connections is full: the next is never accepted.
  ///   - greeting: what is done on every new connection, before anything is read.
  ///   - script: what is done after each request; a connection then waits for its next request.
  public init(accepts: Bool = true, greeting: [Act] = [], script: @escaping @Sendable (Request) -> [Act]) throws {
    listener = socket(AF_INET, streamSocket, 0)
    guard listener >= 0 else { throw FakeError.noSocket(errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, accepts ? 128 : 0) == 0
          && getsockname(listener, $0, &size) == 0
      }
    }
    guard isBound else {
      close(listener)
      throw FakeError.noSocket(errno)
    }
    filler = accepts ? -1 : socket(AF_INET, streamSocket, 0)
    origin = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    self.greeting = greeting
    self.script = script
    if accepts {
      Thread.detachNewThread { self.accept() }
    } else {
      let filler = filler
      withUnsafePointer(to: &address) {
        _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(filler, $0, size) }
      }
    }
  }

  /// Answers the same to every request.
  public convenience init(always acts: [Act]) throws { try self.init { _ in acts } }

  /// Wakes every thread; each closes its own socket, under the lock, so that no number is shut down
  /// that belongs to somebody else by now.
  public func stop() {
    state.withLock { state in
      state.isStopped = true
      for client in state.open { shutdown(client, Int32(SHUT_RDWR)) }
      if !state.isClosed { shutdown(listener, Int32(SHUT_RDWR)) }
    }
  }

  deinit {
    // Who accepts closes the listener when he has done.
    guard filler >= 0 else { return }
    close(listener)
    close(filler)
  }

  private var isStopped: Bool { state.withLock { $0.isStopped } }

  private func accept() {
    while !isStopped {
      let client = Foundation.accept(listener, nil, nil)
      guard client >= 0 else { break }
      let number = state.withLock { state in
        if state.isStopped { shutdown(client, Int32(SHUT_RDWR)) }
        state.open.insert(client)
        state.connections += 1
        return state.connections - 1
      }
      Thread.detachNewThread { self.serve(client, number) }
    }
    state.withLock {
      close(listener)
      $0.isClosed = true
    }
  }

  private func serve(_ client: Int32, _ number: Int) {
    var buffer: [UInt8] = []
    if perform(greeting, on: client) {
      while !isStopped, let request = read(from: client, number, &buffer) {
        guard perform(script(request), on: client) else { break }
      }
    }
    state.withLock {
      $0.open.remove(client)
      close(client)
    }
  }

  /// - Returns: whether the connection goes on.
  private func perform(_ acts: [Act], on client: Int32) -> Bool {
    for act in acts {
      switch act {
      case .send(let bytes): guard send(bytes[...], to: client) else { return false }
      case .text(let text): guard send(Array(text.utf8)[...], to: client) else { return false }
      case .drip(let bytes, let seconds):
        for byte in bytes {
          guard send([byte], to: client), !isStopped else { return false }
          usleep(UInt32(seconds * 1e6))
        }
      case .wait(let seconds): usleep(UInt32(seconds * 1e6))
      case .hang:
        var byte: UInt8 = 0
        while recv(client, &byte, 1, 0) > 0 {}
        return false
      case .close: return false
      case .reset:
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        return false
      }
    }
    return true
  }

  private func send(_ bytes: ArraySlice<UInt8>, to client: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(client, $0.baseAddress, $0.count, noSignal) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// The next request of a connection; nil when the client has gone.
  private func read(from client: Int32, _ number: Int, _ buffer: inout [UInt8]) -> Request? {
    let blank = Array("\r\n\r\n".utf8)
    var end: Int?
    while end == nil {
      end = buffer.indices.first { buffer[$0...].starts(with: blank) }
      if end == nil, !receive(from: client, &buffer) { return nil }
    }
    guard let end else { return nil }
    let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    let words = (lines.first ?? "").split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    let headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      return (name: parts.first ?? "", value: parts.count > 1 ? parts[1] : "")
    }
    let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
    while buffer.count < end + 4 + length {
      guard receive(from: client, &buffer) else { return nil }
    }
    let body = Array(buffer[(end + 4)..<(end + 4 + length)])
    buffer.removeFirst(end + 4 + length)
    return state.withLock { state in
      let request = Request(
        index: state.requests.count, connection: number, method: words[0], path: words[1], headers: headers, body: body)
      state.requests.append(request)
      return request
    }
  }

  private func receive(from client: Int32, _ buffer: inout [UInt8]) -> Bool {
    var piece = [UInt8](repeating: 0, count: 65_536)
    let count = recv(client, &piece, piece.count, 0)
    guard count > 0 else { return false }
    buffer.append(contentsOf: piece[..<count])
    return true
  }
}
