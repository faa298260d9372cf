import Foundation

/// The words of the protocol, for fakes: what a request asks, and what an answer looks like.
public enum Chat {
  /// What stands in the body of a request for a completion.
  public struct Request: Sendable {
    public var model: String
    public var stream: Bool
    public var seed: Int?
    public var maxTokens: Int?
    /// The text of the last user message.
    public var prompt: String
  }

  /// The request in a body; nil where there is none.
  public static func request(in body: [UInt8]) -> Request? {
    struct Message: Decodable {
      var role: String
      var content: String
    }
    struct Body: Decodable {
      var model: String
      var messages: [Message]
      var stream: Bool?
      var seed: Int?
      var max_tokens: Int?
    }
    // Nil is the answer for a body that is no request.
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(body)),
      let prompt = body.messages.last(where: { $0.role == "user" })?.content
    else { return nil }
    return Request(
      model: body.model, stream: body.stream ?? false, seed: body.seed, maxTokens: body.max_tokens, prompt: prompt)
  }

  /// JSON of a completion.
  public static func completion(
    _ text: String, model: String = "fake-1", finish: String = "stop", usage: (read: Int, generated: Int)? = (7, 3)
  ) -> String {
    let tokens = usage.map { #","usage":{"prompt_tokens":\#($0.read),"completion_tokens":\#($0.generated)}"# } ?? ""
    return #"{"id":"c1","object":"chat.completion","model":\#(quoted(model)),"choices":[{"index":0,"#
      + #""message":{"role":"assistant","content":\#(quoted(text))},"finish_reason":"\#(finish)"}]\#(tokens)}"#
  }

  /// A stream of events that says the same, a few characters at a time.
  public static func stream(_ text: String, model: String = "fake-1", finish: String = "stop") -> String {
    var events: [String] = []
    var rest = text[...]
    while !rest.isEmpty {
      events.append(delta(String(rest.prefix(4)), model: model))
      rest = rest.dropFirst(4)
    }
    let last = #"{"model":\#(quoted(model)),"choices":[{"index":0,"delta":{},"finish_reason":"\#(finish)"}]}"#
    let usage = #"{"model":\#(quoted(model)),"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#
    return (events + [last, usage, "[DONE]"]).map { "data: \($0)\n\n" }.joined()
  }

  public static func delta(_ text: String, model: String = "fake-1") -> String {
    #"{"model":\#(quoted(model)),"choices":[{"index":0,"delta":{"content":\#(quoted(text))},"finish_reason":null}]}"#
  }

  /// A text as JSON writes it.
  public static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..<"\u{20}":
        quoted += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// The bytes of an HTTP answer.
  public static func http(
    _ status: Int = 200, _ headers: [(String, String)] = [("Content-Type", "application/json")], body: String
  ) -> [UInt8] {
    let lines = (headers + [("Content-Length", "\(body.utf8.count)")]).map { "\($0): \($1)\r\n" }.joined()
    return Array("HTTP/1.1 \(status) X\r\n\(lines)\r\n\(body)".utf8)
  }
}
