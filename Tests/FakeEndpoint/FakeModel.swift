import FlyingFox
import Foundation
import Synchronization

/// A well-behaved OpenAI-compatible endpoint on loopback, for tests of whole readings and of
/// commands: serves `/v1/models` and `/v1/chat/completions`, plain and as a stream.
///
///     let fake = try await FakeModel.start()          // replies by rules (RuleModel)
///     defer { … await fake.stop() }
///     // --policy remote --endpoint \(fake.url) --model fake-1, in this process or another
public final class FakeModel: Sendable {
  /// What a client must know: `http://127.0.0.1:PORT/v1`.
  public let url: String
  private let server: HTTPServer
  private let running: Task<Void, any Error>
  private let log: Log

  /// The requests that came, in order of arrival.
  public var requests: [Chat.Request] { log.requests.withLock { $0 } }
  /// The most requests there ever were at once.
  public var peak: Int { log.peak.withLock { $0 } }

  /// - Parameters:
  ///   - models: what `/v1/models` lists.
  ///   - key: the only key that is let in; nil lets everyone in.
  ///   - reply: what the model says to a prompt.
  public static func start(
    models: [String] = ["fake-1"], key: String? = nil,
    reply: @escaping @Sendable (Chat.Request) async -> String = { RuleModel.reply(to: $0.prompt) }
  ) async throws -> FakeModel {
    let log = Log()
    let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
    await server.appendRoute("GET /v1/models") { request in
      guard isLetIn(request, key) else { return refusal }
      let list = models.map { #"{"id":\#(Chat.quoted($0)),"object":"model"}"# }.joined(separator: ",")
      return json(#"{"object":"list","data":[\#(list)]}"#)
    }
    await server.appendRoute("POST /v1/chat/completions") { request in
      guard isLetIn(request, key) else { return refusal }
      let body = Array(try await request.bodyData)
      guard let chat = Chat.request(in: body) else {
        return json(#"{"error":{"message":"no messages","type":"invalid_request_error"}}"#, status: .badRequest)
      }
      guard models.contains(chat.model) else {
        let message = Chat.quoted("The model \(chat.model) does not exist")
        return json(#"{"error":{"message":\#(message),"code":"model_not_found"}}"#, status: .notFound)
      }
      log.enter(chat)
      let text = await reply(chat)
      log.leave()
      if chat.stream {
        return HTTPResponse(
          statusCode: .ok, headers: [.contentType: "text/event-stream"],
          body: Data(Chat.stream(text, model: chat.model).utf8))
      }
      let usage = (chat.prompt.utf8.count / 4, text.utf8.count / 4)
      return json(Chat.completion(text, model: chat.model, usage: usage))
    }
    let running = Task { try await server.run() }
    try await server.waitUntilListening()
    guard case .ip4(_, let port)? = await server.listeningAddress else {
      running.cancel()
      throw FakeError.noPort
    }
    return FakeModel(url: "http://127.0.0.1:\(port)/v1", server: server, running: running, log: log)
  }

  private init(url: String, server: HTTPServer, running: Task<Void, any Error>, log: Log) {
    self.url = url
    self.server = server
    self.running = running
    self.log = log
  }

  public func stop() async {
    await server.stop()
    running.cancel()
  }

  private static func isLetIn(_ request: HTTPRequest, _ key: String?) -> Bool {
    key == nil || request.headers[.authorization] == key.map { "Bearer \($0)" }
  }

  private static var refusal: HTTPResponse {
    json(#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#, status: .unauthorized)
  }

  private static func json(_ text: String, status: HTTPStatusCode = .ok) -> HTTPResponse {
    HTTPResponse(statusCode: status, headers: [.contentType: "application/json"], body: Data(text.utf8))
  }

  private final class Log: Sendable {
    let requests = Mutex<[Chat.Request]>([])
    let active = Mutex(0)
    let peak = Mutex(0)

    func enter(_ request: Chat.Request) {
      requests.withLock { $0.append(request) }
      let now = active.withLock { count in
        count += 1
        return count
      }
      peak.withLock { $0 = max($0, now) }
    }

    func leave() { active.withLock { $0 -= 1 } }
  }
}

/// What can go wrong with a fake.
public enum FakeError: Error { case noPort, noSocket(Int32) }
