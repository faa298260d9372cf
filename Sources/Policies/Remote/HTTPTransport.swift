#if Remote
  import AsyncHTTPClient
  import Foundation
  import Palimpsest
  import Synchronization

  /// Carries requests with AsyncHTTPClient, one client per policy. The client is shut down with the
  /// transport, or at the end of the transport's life.
  final class HTTPTransport: Transport {
    private let client: HTTPClient
    private let connectSeconds: Double
    private let isClosed = Mutex(false)

    /// - Parameters:
    ///   - connect: seconds until a connection stands.
    ///   - width: connections per replica that are kept for the next call.
    ///   - limit: the most bytes a compressed answer may unfold to.
    init(connect: Double, width: Int, limit: Int) {
      var configuration = HTTPClient.Configuration()
      configuration.redirectConfiguration = .disallow  // a redirect decides where the key goes
      configuration.timeout.connect = .milliseconds(Int64((connect * 1000).rounded(.up)))
      // The policy above decides about calls and retries; retries here would hide failures.
      configuration.connectionPool.retryConnectionEstablishment = false
      configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = width
      configuration.decompression = .enabled(limit: .size(limit))
      client = HTTPClient(configuration: configuration)
      connectSeconds = connect
    }

    deinit {
      // A client must not go without having been shut down.
      if !isClosed.withLock({ $0 }) { client.shutdown { _ in } }
    }

    func shutdown() async {
      let isFirst = isClosed.withLock { isClosed in
        defer { isClosed = true }
        return !isClosed
      }
      // Nothing is lost where connections cannot be closed in good order.
      if isFirst { try? await client.shutdown() }
    }

    func carry(_ request: Request) async throws -> HTTPAnswer {
      guard !isClosed.withLock({ $0 }) else { throw Fault.closed }
      let progress = Progress()
      return try await withThrowingTaskGroup(of: HTTPAnswer.self) { race in
        race.addTask { try await self.exchange(request, progress) }
        race.addTask { throw try await progress.timeout(total: request.total, stall: request.stall) }
        defer { race.cancelAll() }
        guard let answer = try await race.next() else { throw CancellationError() }
        return answer
      }
    }

    private func exchange(_ request: Request, _ progress: Progress) async throws -> HTTPAnswer {
      do {
        let response = try await client.execute(wire(request), deadline: .distantFuture)
        progress.arrived()
        var answer = HTTPAnswer(
          status: Int(response.status.code), headers: response.headers.map { (name: $0.name, value: $0.value) })
        let isGood = (200...299).contains(answer.status)
        let limit = isGood ? request.limit : HTTPAnswer.refusalLimit
        for try await piece in response.body {
          progress.arrived()
          answer.body.append(contentsOf: piece.readableBytesView)
          if answer.body.count > limit {
            guard !isGood else { throw Fault.tooLarge(limit: limit) }
            break
          }
          if answer.isEventStream, EventStream.isOver(answer.body, arrived: piece.readableBytes) { break }
        }
        try Task.checkCancellation()
        return answer
      } catch let fault as Fault {
        throw fault
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        try Task.checkCancellation()
        throw fault(for: error, hasBegun: progress.hasBegun, limit: request.limit)
      }
    }

    private func wire(_ request: Request) -> HTTPClientRequest {
      var wire = HTTPClientRequest(url: request.url)
      wire.method = .init(rawValue: request.method)
      for (name, value) in request.headers { wire.headers.add(name: name, value: value) }
      if !request.body.isEmpty { wire.body = .bytes(request.body) }
      return wire
    }

    /// Why no connection could be made, without the words of the library.
    private static func plain(_ words: String) -> String {
      let reasons = [
        ("refused", "nothing listens there"), ("unreachable", "there is no way to this network or host"),
        ("dns", "the name of its host is not known"), ("unknown(", "the name of its host is not known"),
        ("timed out", "the connection was not accepted in time"), ("reset", "the connection was reset"),
      ]
      let lower = words.lowercased()
      return reasons.first { lower.contains($0.0) }?.1 ?? words
    }

    /// The fault of a client's error. Errors of the libraries below it are recognised by the names
    /// of their types, so that this room does not depend on each of them.
    private func fault(for error: any Error, hasBegun: Bool, limit: Int) -> Fault {
      let kind = String(reflecting: type(of: error))
      let words = Wire.line(String(describing: error))
      switch error as? HTTPClientError {
      case .connectTimeout?, .getConnectionFromPoolTimeout?, .tlsHandshakeTimeout?:
        return .timedOut(.connect, seconds: connectSeconds)
      case .alreadyShutdown?: return .closed
      case .remoteConnectionClosed?:
        return hasBegun ? .truncated("the connection was closed") : .lost(.answer, "no answer came")
      default: break
      }
      if kind.contains("NIOConnectionError") || kind.contains("SocketAddressError") {
        return .lost(.connect, Self.plain(words))
      }
      if kind.contains("NIOSSL") || kind.contains("BoringSSL") { return .insecure(words) }
      if kind.contains("DecompressionError") {
        return words.contains("limit") ? .tooLarge(limit: limit) : .malformed("its compression is broken")
      }
      if kind.contains("HTTPParserError") {
        return hasBegun
          ? .truncated("the response is not a whole HTTP answer (\(words))")
          : .lost(.answer, "the response is not HTTP (\(words))")
      }
      if words.contains("refused") || words.contains("unreachable") { return .lost(.connect, Self.plain(words)) }
      return .lost(hasBegun ? .body : .answer, words)
    }
  }

  /// The stage of a request, and the time it reached it.
  private final class Progress: Sendable {
    private struct State {
      var hasBegun = false
      var last = ContinuousClock.now
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    var hasBegun: Bool { state.withLock { $0.hasBegun } }

    func arrived() { state.withLock { $0 = State(hasBegun: true, last: .now) } }

    /// Waits until a request has taken too long and says in what way.
    func timeout(total: Double, stall: Double) async throws -> Fault {
      let end = start + .seconds(total)
      while true {
        let state = state.withLock { $0 }
        let quiet = state.last + .seconds(stall)
        let next = state.hasBegun ? min(end, quiet) : min(end, ContinuousClock.now + .seconds(stall))
        if ContinuousClock.now >= end { return .timedOut(.answer, seconds: total) }
        if state.hasBegun, ContinuousClock.now >= quiet { return .timedOut(.body, seconds: stall) }
        try await Task.sleep(until: next, clock: .continuous)
      }
    }
  }

  extension RemotePolicy {
    /// A policy that calls over the network.
    ///
    /// - Parameters:
    ///   - seed: the run's, from which waiting times and each call's seed derive.
    ///   - tokenizer: counts tokens where the endpoint does not report them.
    /// - Throws: before any call, `SettingError` for settings no call can be made with, and
    ///   `RemoteError` where endpoint or key cannot be used.
    public init(_ settings: Settings, seed: UInt64 = 1, tokenizer: any Tokenizer = ByteTokenizer()) throws {
      try self.init(settings, seed: seed, tokenizer: tokenizer, watch: .real)
    }

    package init(
      _ settings: Settings, seed: UInt64 = 1, tokenizer: any Tokenizer = ByteTokenizer(), watch: Watch,
      environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
      try settings.check(at: "policy")
      let transport = HTTPTransport(
        connect: settings.timeouts.connect, width: settings.concurrency.ceiling, limit: settings.responseLimit)
      try self.init(
        settings, seed: seed, tokenizer: tokenizer, transport: transport, watch: watch, environment: environment)
    }
  }
#endif
