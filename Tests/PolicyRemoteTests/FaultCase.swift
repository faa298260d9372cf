#if Remote
  import FakeEndpoint
  import Foundation
  import Palimpsest
  import PolicyRemote
  import Testing

  /// One thing an endpoint does wrong, and what must come of it.
  struct FaultCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
      case reply(String, attempts: Int, finish: Reply.Finish = .stop)
      /// Kind of the last fault, calls made, a word of the message.
      case failure(String, attempts: Int, stopsRun: Bool = false, says: String = "")
    }

    var name: String
    var outcome: Outcome
    /// Seconds of the first wait, to 0.001.
    var wait: ClosedRange<Double>?
    var change: @Sendable (inout RemotePolicy.Settings) -> Void = { _ in }
    /// What is done at attempt 0, 1, …; the last stands for all that follow.
    var acts: [[FakeWire.Act]]

    var testDescription: String { name }

    init(
      _ name: String, _ outcome: Outcome, wait: ClosedRange<Double>? = nil,
      change: @escaping @Sendable (inout RemotePolicy.Settings) -> Void = { _ in }, _ acts: [FakeWire.Act]...
    ) {
      self.name = name
      self.outcome = outcome
      self.wait = wait
      self.change = change
      self.acts = acts
    }
  }

  /// Everything that has been seen to go wrong.
  extension FaultCase {
    static let all = refusals + limits + breaks + bodies + streams

    static let fine: [FakeWire.Act] = [.send(Chat.http(body: Chat.completion("fine")))]

    static func status(_ code: Int, _ headers: [(String, String)] = [], _ body: String = "{}") -> [FakeWire.Act] {
      [.send(Chat.http(code, headers, body: body))]
    }
    static func ok(_ body: String, _ type: String = "application/json") -> [FakeWire.Act] {
      [.send(Chat.http(200, [("Content-Type", type)], body: body))]
    }
    static func error(_ code: String, _ message: String = "no") -> String {
      #"{"error":{"message":"\#(message)","type":"t","code":"\#(code)"}}"#
    }
    static func date(_ seconds: Double, _ format: String) -> String {
      let formatter = DateFormatter()
      formatter.locale = Locale(identifier: "en_US_POSIX")
      formatter.timeZone = TimeZone(secondsFromGMT: 0)
      formatter.dateFormat = format
      return formatter.string(from: VirtualTime.noon.addingTimeInterval(seconds))
    }
    static let own = 0.375...0.5

    static let refusals: [FaultCase] = [
      .init("400", .failure("status 400", attempts: 1, says: "too hot"), status(400, [], error("x", "too hot"))),
      .init(
        "400 about the window", .failure("status 400", attempts: 1, says: "fit the window"),
        status(400, [], error("context_length_exceeded", "maximum context length is 8"))),
      .init(
        "400 about max_tokens", .failure("status 400", attempts: 1, says: "limitField: max_completion_tokens"),
        status(400, [], error("x", "use max_completion_tokens"))),
      .init("401", .failure("status 401", attempts: 1, stopsRun: true, says: "check the key"), status(401)),
      .init("402", .failure("quota", attempts: 1, stopsRun: true, says: "add credit"), status(402)),
      .init("403", .failure("status 403", attempts: 1, stopsRun: true), status(403)),
      .init(
        "404 for the model", .failure("status 404", attempts: 1, stopsRun: true, says: "model's name"),
        status(404, [], error("model_not_found"))),
      .init("405", .failure("status 405", attempts: 1, stopsRun: true), status(405)),
      .init("408, then answers", .reply("fine", attempts: 2), wait: own, status(408), fine),
      .init("409, then answers", .reply("fine", attempts: 2), status(409), fine),
      .init("410", .failure("status 410", attempts: 1), status(410)),
      .init("413", .failure("status 413", attempts: 1, says: "smaller"), status(413)),
      .init(
        "418 in plain text", .failure("status 418", attempts: 1, says: "short and stout"),
        status(418, [], "short and stout")),
      .init(
        "422 with a detail that is a list", .failure("status 422", attempts: 1),
        status(422, [], #"{"detail":[{"msg":"no"}]}"#)),
      .init("425, which is no reason to come back", .failure("status 425", attempts: 1), status(425)),
      .init("500, then answers", .reply("fine", attempts: 2), wait: own, status(500), fine),
      .init("500 for ever", .failure("status 500", attempts: 3, says: "the last of 3 attempts"), status(500)),
      .init("501 for ever", .failure("status 501", attempts: 3), status(501)),
      .init(
        "502 with a page, then answers", .reply("fine", attempts: 2),
        status(502, [("Content-Type", "text/html")], "<html>bad gateway</html>"), fine),
      .init(
        "503 with Retry-After, then answers", .reply("fine", attempts: 2), wait: 3...3,
        status(503, [("Retry-After", "3")]), fine),
      .init("504, then answers", .reply("fine", attempts: 2), status(504), fine),
      .init("529, then answers", .reply("fine", attempts: 2), status(529), fine),
    ]

    static let limits: [FaultCase] = [
      .init("429 without a time", .reply("fine", attempts: 2), wait: own, status(429), fine),
      .init("429, seconds", .reply("fine", attempts: 2), wait: 2...2, status(429, [("Retry-After", "2")]), fine),
      .init(
        "429, half seconds", .reply("fine", attempts: 2), wait: 1.5...1.5, status(429, [("retry-after", " 1.5 ")]), fine
      ),
      .init("429, zero", .reply("fine", attempts: 2), wait: own, status(429, [("Retry-After", "0")]), fine),
      .init(
        "429, milliseconds", .reply("fine", attempts: 2), wait: 1.25...1.25,
        status(429, [("Retry-After-Ms", "1250"), ("Retry-After", "9")]), fine),
      .init(
        "429, broken milliseconds beside seconds", .reply("fine", attempts: 2), wait: 7...7,
        status(429, [("retry-after-ms", "1e9"), ("Retry-After", "7")]), fine),
      .init(
        "429, a date", .reply("fine", attempts: 2), wait: 30...30,
        status(429, [("Retry-After", date(30, "EEE, dd MMM yyyy HH:mm:ss 'GMT'"))]), fine),
      .init(
        "429, a date by the endpoint's own clock", .reply("fine", attempts: 2), wait: 10...10,
        status(429, [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT")]), fine
      ),
      .init(
        "429, a date of RFC 850", .reply("fine", attempts: 2), wait: 45...45,
        status(429, [("Retry-After", date(45, "EEEE, dd-MMM-yy HH:mm:ss 'GMT'"))]), fine),
      .init(
        "429, a date of asctime", .reply("fine", attempts: 2), wait: 12...12,
        status(429, [("Retry-After", date(12, "EEE MMM d HH:mm:ss yyyy"))]), fine),
      .init(
        "429, a date that is over", .reply("fine", attempts: 2), wait: own,
        status(429, [("Retry-After", date(-90, "EEE, dd MMM yyyy HH:mm:ss 'GMT'"))]), fine),
      .init(
        "429, a date that does not exist", .reply("fine", attempts: 2), wait: own,
        status(429, [("Retry-After", "Sun, 99 Foo 2026 25:61:61 GMT")]), fine),
      .init(
        "429, nonsense", .reply("fine", attempts: 2), wait: own, status(429, [("Retry-After", "soon, I hope")]), fine),
      .init("429, negative", .reply("fine", attempts: 2), wait: own, status(429, [("Retry-After", "-5")]), fine),
      .init("429, not a number", .reply("fine", attempts: 2), wait: own, status(429, [("Retry-After", "nan")]), fine),
      .init("429, hexadecimal", .reply("fine", attempts: 2), wait: own, status(429, [("Retry-After", "0x40")]), fine),
      .init(
        "429, twice", .reply("fine", attempts: 2), wait: 8...8,
        status(429, [("Retry-After", "2"), ("Retry-After", "8")]), fine),
      .init(
        "429, two minutes", .reply("fine", attempts: 2), wait: 120...120, status(429, [("Retry-After", "120")]), fine),
      .init(
        "429, longer than two minutes", .failure("asked to wait", attempts: 1, says: "asks to wait 121 s"),
        status(429, [("Retry-After", "121")])),
      .init(
        "429, for ever and ever", .failure("asked to wait", attempts: 1),
        status(429, [("Retry-After", "99999999999999999999")])),
      .init(
        "429 for lack of quota", .failure("quota", attempts: 1, stopsRun: true, says: "add credit"),
        status(429, [("Retry-After", "1")], error("insufficient_quota"))),
      .init(
        "429 for lack of quota, by its type", .failure("quota", attempts: 1, stopsRun: true),
        status(429, [], #"{"error":{"message":"m","type":"insufficient_quota","code":null}}"#)),
      .init(
        "429 for an unpaid bill", .failure("quota", attempts: 1, stopsRun: true),
        status(429, [], error("billing_hard_limit_reached"))),
      .init(
        "400 for an account that is closed", .failure("quota", attempts: 1, stopsRun: true),
        status(400, [], error("billing_not_active"))),
    ]

    static let whole = Chat.http(body: Chat.completion("fine"))
    static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    static let breaks: [FaultCase] = [
      .init("resets before it answers", .reply("fine", attempts: 2), [.reset], fine),
      .init("closes before it answers", .reply("fine", attempts: 2), [.close], fine),
      .init("always resets", .failure("connection lost", attempts: 3, says: "gave no answer"), [.reset]),
      .init("resets within the head", .reply("fine", attempts: 2), [.send(Array(whole.prefix(30))), .reset], fine),
      .init("closes within the head", .reply("fine", attempts: 2), [.send(Array(whole.prefix(30))), .close], fine),
      .init(
        "resets within the body", .reply("fine", attempts: 2),
        [.send(Array(whole.dropLast(20))), .wait(seconds: 0.05), .reset], fine),
      .init("closes within the body", .reply("fine", attempts: 2), [.send(Array(whole.dropLast(20))), .close], fine),
      .init(
        "always closes within the body", .failure("truncated", attempts: 3), [.send(Array(whole.dropLast(20))), .close]),
      .init(
        "closes within a chunk", .reply("fine", attempts: 2),
        [.text(head + "Transfer-Encoding: chunked\r\n\r\n40\r\n{\"choices\""), .close], fine),
      .init(
        "leaves out the last chunk", .reply("fine", attempts: 2),
        [.text(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), .close], fine),
      .init(
        "sends a chunk of broken length", .failure("truncated", attempts: 3),
        [.text(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}"), .close]),
      .init(
        "sends no HTTP", .failure("connection lost", attempts: 3, says: "not HTTP"),
        [.text("SSH-2.0-OpenSSH_9.2\r\n"), .close]),
      .init(
        "sends a broken status line once", .reply("fine", attempts: 2), [.text("HTTP/1.1 abc OK\r\n\r\n"), .close], fine
      ),
      .init(
        "sends two lengths", .failure("connection lost", attempts: 3),
        [.text(head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), .close]),
      .init(
        "sends a header without end", .failure("connection lost", attempts: 3),
        [.text(head + "X: " + String(repeating: "y", count: 200_000)), .close]),
      .init(
        "sends early hints first", .reply("fine", attempts: 1),
        [.text("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), .send(whole)]),
      .init(
        "ends the body with the connection", .reply("fine", attempts: 1),
        [.text("HTTP/1.0 200 OK\r\n\r\n" + Chat.completion("fine")), .close]),
      .init("drips its answer", .reply("fine", attempts: 1), [.drip(whole, seconds: 0.0002)]),
      .init(
        "is silent after the connection", .failure("timeout (answer)", attempts: 2, says: "timeouts.total"),
        change: {
          $0.timeouts.total = 0.15; $0.retries = 1
        }, [.hang]),
      .init(
        "stalls within the head", .failure("timeout (answer)", attempts: 2),
        change: {
          $0.timeouts.total = 0.15; $0.retries = 1
        }, [.text("HTTP/1.1 200 OK\r\nConte"), .hang]),
      .init(
        "stalls within the body", .failure("timeout (body)", attempts: 2, says: "timeouts.stall"),
        change: {
          $0.timeouts.stall = 0.15; $0.retries = 1
        }, [.send(Array(whole.dropLast(20))), .hang]),
      .init(
        "drips longer than the total", .failure("timeout (answer)", attempts: 1),
        change: {
          $0.timeouts.total = 0.25; $0.retries = 0
        }, [.text(head + "Content-Length: 1000\r\n\r\n"), .drip([UInt8](repeating: 32, count: 1000), seconds: 0.02)]),
    ]

    static let bodies: [FaultCase] = [
      .init(
        "cuts its JSON off, then answers", .reply("fine", attempts: 2),
        ok(String(Chat.completion("fine").dropLast(12))), fine),
      .init(
        "always cuts its JSON off", .failure("truncated", attempts: 3), ok(String(Chat.completion("fine").dropLast(12)))
      ),
      .init("sends nothing", .failure("truncated", attempts: 3, says: "empty"), ok("")),
      .init("sends 204", .failure("truncated", attempts: 3), [.text("HTTP/1.1 204 No Content\r\n\r\n")]),
      .init(
        "sends a page with 200", .failure("malformed", attempts: 1, says: "<html>"),
        ok("<html><body>Please log in</body></html>", "text/html")),
      .init(
        "sends JSON that is none", .failure("malformed", attempts: 1, says: "not valid JSON"), ok(#"{"choices": nope}"#)
      ),
      .init("sends a list", .failure("malformed", attempts: 1), ok("[]")),
      .init("sends a number", .failure("malformed", attempts: 1), ok("42")),
      .init("sends no choices", .failure("malformed", attempts: 1, says: "no choices"), ok(#"{"choices":[]}"#)),
      .init("leaves choices out", .failure("malformed", attempts: 1), ok(#"{"id":"x"}"#)),
      .init(
        "sends choices as a word", .failure("malformed", attempts: 1, says: "wrong type"), ok(#"{"choices":"many"}"#)),
      .init(
        "leaves the message out", .failure("malformed", attempts: 1), ok(#"{"choices":[{"finish_reason":"stop"}]}"#)),
      .init(
        "sends null for content", .reply("", attempts: 1),
        ok(#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#)),
      .init(
        "sends only reasoning", .reply("", attempts: 1, finish: .length),
        ok(#"{"choices":[{"message":{"content":null,"reasoning_content":"hm"},"finish_reason":"length"}]}"#)),
      .init(
        "sends reasoning beside the text", .reply("fine", attempts: 1),
        ok(#"{"choices":[{"message":{"content":"fine","reasoning_content":"hm"},"finish_reason":"stop"}]}"#)),
      .init(
        "sends a number for content", .failure("malformed", attempts: 1, says: "choices.0.message.content"),
        ok(#"{"choices":[{"message":{"content":7}}]}"#)),
      .init(
        "sends content in parts", .reply("fine", attempts: 1, finish: .unknown),
        ok(
          #"{"choices":[{"message":{"content":[{"type":"text","text":"fi"},{"type":"image"},{"type":"text","text":"ne"}]}}]}"#
        )),
      .init(
        "refuses", .reply("", attempts: 1, finish: .filtered),
        ok(#"{"choices":[{"message":{"content":null,"refusal":"I cannot"},"finish_reason":"stop"}]}"#)),
      .init(
        "filters", .reply("fi", attempts: 1, finish: .filtered), ok(Chat.completion("fi", finish: "content_filter"))),
      .init(
        "runs out of tokens", .reply("fi", attempts: 1, finish: .length), ok(Chat.completion("fi", finish: "length"))),
      .init("reports a limit inside 200", .reply("fine", attempts: 2), ok(error("rate_limit_exceeded")), fine),
      .init(
        "reports a status inside 200", .failure("status 400", attempts: 1), ok(#"{"error":{"message":"m","code":400}}"#)
      ),
      .init(
        "reports an overload inside 200", .reply("fine", attempts: 2), ok(#"{"error":{"message":"m","code":502}}"#),
        fine),
      .init(
        "reports lack of quota inside 200", .failure("quota", attempts: 1, stopsRun: true),
        ok(error("insufficient_quota"))),
      .init(
        "reports an error as a sentence", .failure("reported error", attempts: 1, says: "out of cheese"),
        ok(#"{"error":"out of cheese"}"#)),
      .init(
        "reports an error inside the choice", .failure("reported error", attempts: 1),
        ok(#"{"choices":[{"error":{"message":"m","code":"tool"},"message":{"content":""}}]}"#)),
      .init("begins with a byte order mark", .reply("fine", attempts: 1), ok("\u{FEFF}" + Chat.completion("fine"))),
      .init(
        "sends text that is not UTF-8", .failure("malformed", attempts: 1),
        [
          .send(
            Array("HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n{\"choices\":[{\"message\":{\"content\":\"".utf8) + [
              0xff, 0xfe, 0xc3,
            ] + Array("\"}}]}    ".utf8))
        ]),
      .init(
        "sends half a surrogate", .failure("malformed", attempts: 1),
        ok(#"{"choices":[{"message":{"content":"\ud800"}}]}"#)),
      .init(
        "sends numbers beyond all bounds", .reply("fine", attempts: 1),
        ok(
          #"{"created":1e999,"choices":[{"index":99999999999999999999999,"message":{"content":"fine"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1e400,"completion_tokens":-1}}"#
        )),
      .init(
        "nests beyond all bounds", .failure("malformed", attempts: 1),
        ok(#"{"choices":"# + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}")),
      .init(
        "nests without end", .failure("truncated", attempts: 3),
        ok(#"{"choices":"# + String(repeating: "[", count: 100_000))),
      .init("calls its JSON plain text", .reply("fine", attempts: 1), ok(Chat.completion("fine"), "text/plain")),
      .init(
        "names two types", .reply("fine", attempts: 1),
        [
          .send(
            Chat.http(
              200, [("Content-Type", "application/json"), ("Content-Type", "text/html")], body: Chat.completion("fine"))
          )
        ]),
      .init("streams though nobody asked", .reply("fine", attempts: 1), ok(Chat.stream("fine"), "text/event-stream")),
      .init(
        "sends 50 MB", .failure("too large", attempts: 1, says: "responseLimit"),
        [.text(head + "\r\n"), .send([UInt8](repeating: 32, count: 50_000_000)), .close]),
      .init(
        "refuses with 50 MB", .failure("status 400", attempts: 1),
        [.text("HTTP/1.1 400 No\r\n\r\n"), .send([UInt8](repeating: 65, count: 50_000_000)), .close]),
      .init("compresses", .reply("fine", attempts: 1), gzipped(Gzip.stored(Chat.completion("fine")))),
      .init(
        "compresses a bomb", .failure("too large", attempts: 1), change: { $0.responseLimit = 1 << 20 },
        gzipped(Gzip.zeros(8000))),
      .init(
        "says gzip and sends none", .failure("malformed", attempts: 1), gzipped(Array(Chat.completion("fine").utf8))),
    ]

    static func gzipped(_ bytes: [UInt8]) -> [FakeWire.Act] {
      [.text(head + "Content-Encoding: gzip\r\nContent-Length: \(bytes.count)\r\n\r\n"), .send(bytes)]
    }

    static func events(_ events: String...) -> [FakeWire.Act] {
      ok(events.map { "data: \($0)\n\n" }.joined(), "text/event-stream")
    }
    static let last = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
    static let streaming: @Sendable (inout RemotePolicy.Settings) -> Void = { $0.stream = true }
    static let streamed = ok(Chat.stream("fine"), "text/event-stream")

    static let streams: [FaultCase] = [
      .init("streams", .reply("fine", attempts: 1), change: streaming, streamed),
      .init(
        "tears its events apart", .reply("fine, thank you: ä 😀", attempts: 1), change: streaming,
        [
          .drip(
            Chat.http(200, [("Content-Type", "text/event-stream")], body: Chat.stream("fine, thank you: ä 😀")),
            seconds: 0.0001)
        ]),
      .init(
        "ends its lines with CR LF", .reply("fine", attempts: 1), change: streaming,
        ok(Chat.stream("fine").replacing("\n", with: "\r\n"), "text/event-stream; charset=utf-8")),
      .init(
        "sends comments and other fields", .reply("fine", attempts: 1), change: streaming,
        ok(": hello\n\nid: 1\nevent: message\nretry: 5\n" + Chat.stream("fine"), "text/event-stream")),
      .init(
        "leaves out [DONE]", .failure("truncated", attempts: 3, says: "[DONE]"), change: streaming,
        events(Chat.delta("fi"), last)),
      .init(
        "leaves out [DONE] once", .reply("fine", attempts: 2), change: streaming, events(Chat.delta("fi")), streamed),
      .init(
        "breaks off within an event", .reply("fine", attempts: 2), change: streaming,
        ok("data: {\"choices\":[{\"del", "text/event-stream"), streamed),
      .init(
        "breaks off within the connection", .reply("fine", attempts: 2), change: streaming,
        [
          .text(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: {}\r\n"),
          .reset,
        ], streamed),
      .init(
        "says [DONE] and stays", .reply("fine", attempts: 1), change: streaming,
        [.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + Chat.stream("fine")), .hang]),
      .init("says [DONE] at once", .failure("malformed", attempts: 1), change: streaming, events("[DONE]")),
      .init(
        "says [DONE] within the text", .reply("data: [DONE]", attempts: 1), change: streaming,
        ok(Chat.stream("data: [DONE]"), "text/event-stream")),
      .init("streams nonsense", .failure("malformed", attempts: 1), change: streaming, events("hello", "[DONE]")),
      .init(
        "reports an error within the stream", .failure("reported error", attempts: 1, says: "oops"), change: streaming,
        events(Chat.delta("fi"), error("tool", "oops"), "[DONE]")),
      .init(
        "reports an overload within the stream", .reply("fine", attempts: 2), change: streaming,
        events(Chat.delta("fi"), #"{"error":{"message":"m","code":503}}"#), streamed),
      .init(
        "stalls within the stream", .failure("timeout (body)", attempts: 1),
        change: {
          $0.stream = true; $0.timeouts.stall = 0.15; $0.retries = 0
        }, [.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n"), .hang]),
      .init("answers a stream with JSON", .reply("fine", attempts: 1), change: streaming, fine),
      .init(
        "streams lack of quota", .failure("quota", attempts: 1, stopsRun: true), change: streaming,
        events(error("insufficient_quota"))),
    ]
  }
#endif
