import Foundation
import Palimpsest
import PolicyRemote
import Testing

@Suite struct `A request for a completion` {
  private func sent(
    _ sampling: Sampling = Sampling(maxTokens: 64), call: CallID = CallID(question: "q1", step: 2), seed: UInt64 = 1,
    prompt: Prompt = "Hello?", _ change: (inout RemotePolicy.Settings) -> Void = { _ in }
  ) async throws -> Request {
    let transport = ScriptedTransport { _, _ in .ok(#"{"choices":[{"message":{"content":"x"}}]}"#) }
    var settings = RemotePolicy.Settings(endpoint: "http://127.0.0.1:9/v1", model: "m")
    change(&settings)
    let policy = try RemotePolicy(
      settings, seed: seed, transport: transport, watch: VirtualTime().watch, environment: [:])
    _ = try await policy.reply(to: prompt, sampling: sampling, call: call)
    return transport.requests[0]
  }

  private func fields(_ request: Request) throws -> Setting {
    try JSONDecoder().decode(Setting.self, from: Data(request.body))
  }

  @Test func `holds the prompt as one message of the user, and little else`() async throws {
    let request = try await sent()
    #expect(request.method == "POST" && request.url == "http://127.0.0.1:9/v1/chat/completions")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"max_tokens":64,"messages":[{"content":"Hello?","role":"user"}],"model":"m","temperature":0}"#)
  }

  @Test(arguments: [false, true])
  func `asks for ids and log-probabilities where it is told to, and hands them on`(_ stream: Bool) async throws {
    let choice =
      #""index":0,"finish_reason":"stop","token_ids":[5,6],"logprobs":{"content":[{"token":"a","logprob":-0.5},{"token":"b","logprob":-1}]}"#
    let body =
      #"{"prompt_token_ids":[1,2,3],"choices":[{\#(choice),"\#(stream ? "delta" : "message")":{"content":"ab"}}]}"#
    let transport = ScriptedTransport { _, _ in
      stream
        ? HTTPAnswer(
          status: 200, headers: [(name: "Content-Type", value: "text/event-stream")],
          body: Array("data: \(body)\n\ndata: [DONE]\n\n".utf8))
        : .ok(body)
    }
    var settings = RemotePolicy.Settings(endpoint: "http://127.0.0.1:9/v1", model: "m")
    settings.stream = stream
    settings.logProbabilities = true
    settings.tokenIDs = true
    let policy = try RemotePolicy(
      settings, seed: 1, transport: transport, watch: VirtualTime().watch, environment: [:])
    #expect(policy.serves == [.text, .logProbabilities, .tokenIDs])
    let reply = try await policy.reply(to: "Hello?", sampling: Sampling(maxTokens: 4), call: CallID())
    #expect(reply.promptTokens == [1, 2, 3] && reply.tokens == [5, 6] && reply.logProbabilities == [-0.5, -1])
    let sent = try fields(transport.requests[0])
    #expect(sent["logprobs"] == .bool(true) && sent["return_token_ids"] == .bool(true))
  }

  @Test func `holds the text of the prompt byte for byte`() async throws {
    let text = "quotes \" \\ / </x> \u{1} \u{7f} \n\t é 漢 😀 \u{202e} e\u{301}"
    let message = try fields(await sent(prompt: "<a>\(text)</a>"))["messages"]
    guard case .list(let messages)? = message, case .string(let content)? = messages.last?["content"] else {
      Issue.record("no message")
      return
    }
    #expect(Array(content.utf8) == Array("<a>\(text)</a>".utf8))
  }

  @Test func `says what sampling and settings say, sampling first`() async throws {
    var sampling = Sampling(maxTokens: 5, temperature: 0.7, stops: ["\n\n", "END"])
    sampling.topP = 0.9
    let fields = try fields(
      await sent(sampling) {
        $0.topP = 0.5
        $0.temperature = 1
        $0.system = "Be brief."
        $0.limitField = "max_completion_tokens"
        $0.extra = ["top_k": .int(20), "chat_template_kwargs": .table(["enable_thinking": .bool(false)])]
      })
    #expect(fields["temperature"] == .number(0.7))
    #expect(fields["top_p"] == .number(0.9))
    #expect(fields["stop"] == .list([.string("\n\n"), .string("END")]))
    #expect(fields["max_completion_tokens"] == .int(5) && fields["max_tokens"] == nil)
    #expect(fields["top_k"] == .int(20))
    #expect(fields["chat_template_kwargs.enable_thinking"] == .bool(false))
    guard case .list(let messages)? = fields["messages"] else {
      Issue.record("no messages")
      return
    }
    #expect(messages.map { $0["role"] } == [.string("system"), .string("user")])
  }

  @Test func `sends no temperature where that is the wish`() async throws {
    #expect(try fields(await sent { $0.temperature = nil })["temperature"] == nil)
  }

  @Test func `asks for a stream with its usage`() async throws {
    let fields = try fields(await sent { $0.stream = true })
    #expect(fields["stream"] == .bool(true))
    #expect(fields["stream_options.include_usage"] == .bool(true))
  }

  @Test func `has a seed of its own, when one is asked for, and the same one every time`() async throws {
    func seed(_ session: String, _ step: Int, run: UInt64 = 1, own: UInt64? = 5) async throws -> Setting? {
      try fields(
        await sent(Sampling(maxTokens: 1), call: CallID(question: session, step: step), seed: run) { $0.seed = own })[
          "seed"]
    }
    let first = try await seed("q1", 0)
    #expect(try await seed("q1", 0) == first)
    let others = [
      try await seed("q1", 1), try await seed("q2", 0), try await seed("q1", 0, run: 2),
      try await seed("q1", 0, own: 6),
    ]
    #expect(Set(others + [first]).count == 5)
    for case .int(let seed)? in others + [first] { #expect(0 <= seed && seed < 1 << 31) }
    #expect(try await seed("q1", 0, own: nil) == nil)
  }

  @Test(arguments: [
    "http://h/v1", "http://h/v1/", "http://h/v1//", "http://h/v1/chat/completions", "http://h/v1/chat/completions/",
  ])
  func `goes to the same path however the base is written`(_ base: String) async throws {
    #expect(try await sent { $0.endpoint = base }.url == "http://h/v1/chat/completions")
  }

  @Test func `keeps the query of the base`() async throws {
    #expect(
      try await sent { $0.endpoint = "http://h/openai?api-version=2024-10-21" }.url
        == "http://h/openai/chat/completions?api-version=2024-10-21")
  }
}

@Suite struct `Settings of a remote policy` {
  private func complaint(_ change: (inout RemotePolicy.Settings) -> Void) -> String {
    var settings = RemotePolicy.Settings(endpoint: "http://127.0.0.1:9/v1", model: "m")
    change(&settings)
    do {
      try settings.check(at: "policy")
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `are refused with the key that is wrong`() {
    #expect(complaint { _ in } == "")
    #expect(complaint { $0.model = "" }.contains("policy.model"))
    #expect(complaint { $0.temperature = -1 }.contains("policy.temperature"))
    #expect(complaint { $0.temperature = .nan }.contains("policy.temperature"))
    #expect(complaint { $0.topP = 0 }.contains("policy.topP"))
    #expect(complaint { $0.contextLength = 0 }.contains("policy.contextLength"))
    #expect(complaint { $0.retries = -1 }.contains("policy.retries"))
    #expect(complaint { $0.timeouts.stall = 0 }.contains("policy.timeouts.stall"))
    #expect(complaint { $0.timeouts.total = .infinity }.contains("policy.timeouts.total"))
    #expect(complaint { $0.responseLimit = 0 }.contains("policy.responseLimit"))
    #expect(complaint { $0.concurrency.floor = 0 }.contains("policy.concurrency"))
    #expect(complaint { $0.concurrency.start = 200 }.contains("policy.concurrency"))
    #expect(complaint { $0.limitField = "model" }.contains("policy.limitField"))
    #expect(complaint { $0.extra = ["messages": .null] }.contains("messages"))
  }

  @Test(arguments: [
    "", "  ", "nonsense", "http://", "http:///v1", "localhost:8000/v1", "http://h/v1#x", "http://h/v1 http://h/v1/",
  ])
  func `are refused with an endpoint that is none`(_ endpoint: String) {
    #expect(throws: RemoteError.self) { try Endpoint.list(endpoint) }
  }

  #if Remote
    @Test func `make a policy by name, and an unknown key names the nearest`() throws {
      let catalog = Catalog("policy", remotePolicies)
      let spec = Spec(
        "remote",
        [
          "endpoint": .string("http://127.0.0.1:9/v1"), "model": .string("m"),
          "timeouts": .table(["stall": .number(2)]),
        ])
      #expect(try catalog.make(spec).name == "remote m")
      var wrong = spec
      wrong.settings["modle"] = .string("m")
      #expect(throws: SettingError.self) { try catalog.make(wrong) }
      #expect(throws: SettingError.self) { try catalog.make(Spec("remote", ["endpoint": .string("http://h/v1")])) }
      #expect(throws: RemoteError.self) { try catalog.make(Spec("remote", ["model": .string("m")])) }
    }
  #endif
}
