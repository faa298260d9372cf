/// Carries one request to one URL and returns the answer. It follows no redirect, retries nothing
/// and keeps no cookie.
package protocol Transport: Sendable {
  /// - Throws: `Fault`, or `CancellationError`.
  func carry(_ request: Request) async throws -> HTTPAnswer
  /// Closes all connections. Nothing can be carried afterwards.
  func shutdown() async
}

/// One request.
package struct Request: Sendable {
  package var method = "POST"
  package var url: String
  package var headers: [(name: String, value: String)] = []
  package var body: [UInt8] = []
  /// Seconds for all of it, and seconds of silence within the answer's body. An endpoint that does
  /// not stream is silent while it thinks, so silence before the answer is not counted.
  package var total: Double
  package var stall: Double
  /// The most bytes an answer of status 200 may have.
  package var limit: Int
}

/// One answer.
package struct HTTPAnswer: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  /// Bytes of the body of a refusal that are looked at: enough for a message.
  package static let refusalLimit = 65_536

  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// All values of a header, in order.
  package subscript(name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name }.map(\.value)
  }

  var isEventStream: Bool {
    self["content-type"].contains { $0.lowercased().contains("text/event-stream") }
  }
}
