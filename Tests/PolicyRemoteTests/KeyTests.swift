import Foundation
import Palimpsest
import PolicyRemote
import Support
import Testing

@Suite struct `A key` {
  private func policy(
    _ endpoint: String = "http://127.0.0.1:9/v1", _ environment: [String: String] = [:],
    _ transport: ScriptedTransport = ScriptedTransport { _, _ in .ok("{}") },
    _ change: (inout RemotePolicy.Settings) -> Void = { _ in }
  ) throws -> RemotePolicy {
    var settings = RemotePolicy.Settings(endpoint: endpoint, model: "m")
    settings.retries = 0
    change(&settings)
    return try RemotePolicy(settings, transport: transport, watch: VirtualTime().watch, environment: environment)
  }

  private func complaint(_ make: () throws -> RemotePolicy) -> String {
    do {
      _ = try make()
      return ""
    } catch let error as RemoteError {
      #expect(error.attempts == 0 && error.stopsRun)
      return error.description
    } catch {
      return "another error: \(error)"
    }
  }

  private func file(_ text: String, mode: Int) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "palimpsest-key-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    return file.path
  }

  private func sent(_ environment: [String: String], _ change: (inout RemotePolicy.Settings) -> Void = { _ in })
    async throws -> String?
  {
    let transport = ScriptedTransport { _, _ in .ok(#"{"choices":[{"message":{"content":"x"}}]}"#) }
    let policy = try policy("http://127.0.0.1:9/v1", environment, transport, change)
    _ = try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1))
    return transport.requests[0].headers.first { $0.name == "Authorization" }?.value
  }

  @Test func `comes from the environment, a variable of one's choice, or a private file`() async throws {
    #expect(try await sent(["OPENAI_API_KEY": testKey]) == "Bearer \(testKey)")
    #expect(
      try await sent(["OPENAI_API_KEY": "no", "MINE": testKey]) { $0.keyVariable = "MINE" } == "Bearer \(testKey)")
    let path = try file("\(testKey)\n", mode: 0o600)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try await sent(["OPENAI_API_KEY": "no"]) { $0.keyFile = path } == "Bearer \(testKey)")
  }

  private func headers(
    _ environment: [String: String], _ change: (inout RemotePolicy.Settings) -> Void
  ) async throws -> [String: String] {
    let transport = ScriptedTransport { _, _ in .ok(#"{"choices":[{"message":{"content":"x \#(testKey)"}}]}"#) }
    let policy = try policy("http://127.0.0.1:9/v1", environment, transport, change)
    let reply = try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1))
    #expect(!reply.text.contains(testKey))
    var dumped = ""
    dump(policy, to: &dumped)
    #expect(!dumped.contains(testKey) && !"\(policy)".contains(testKey))
    return Dictionary(transport.requests[0].headers.map { ($0.name, $0.value) }) { first, _ in first }
  }

  @Test func `may be a header of its own, from the environment or a private file`() async throws {
    let azure = try await headers(["AZURE": testKey, "OPENAI_API_KEY": "another"]) { $0.headers = ["api-key": "AZURE"] }
    #expect(azure["api-key"] == testKey)
    #expect(azure["Authorization"] == nil, "a key that nobody named is not sent beside it")
    let path = try file("X-Team: a b\n\napi-key: \(testKey)\n", mode: 0o600)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let filed = try await headers(["MINE": "key-of-mine"]) {
      $0.headerFile = path
      $0.keyVariable = "MINE"
    }
    #expect(filed["api-key"] == testKey && filed["X-Team"] == "a b" && filed["Authorization"] == "Bearer key-of-mine")
  }

  @Test func `in a header is refused where it cannot be had, be hidden or be sent`() throws {
    let environment = ["AZURE": testKey, "EVIL": "a\r\nX: 1"]
    let header = ["api-key": "AZURE"]
    #expect(
      complaint { try policy("http://example.org/v1", environment) { $0.headers = header } }.contains("allowPlainKey"))
    #expect(complaint { try policy("https://example.org/v1", environment) { $0.headers = header } } == "")
    // The value itself in place of a variable's name.
    let named = complaint { try policy("http://127.0.0.1:9/v1", [:]) { $0.headers = ["api-key": testKey] } }
    #expect(named.contains("headers.api-key") && !named.contains(testKey))
    let evil = complaint { try policy("http://127.0.0.1:9/v1", environment) { $0.headers = ["api-key": "EVIL"] } }
    #expect(evil.contains("api-key") && !evil.contains("X: 1"))
    for name in ["Host", "content-length", "a b", "", "x:y"] {
      #expect(throws: SettingError.self) { try policy { $0.headers = [name: "AZURE"] } }
    }
    for (text, mode, word) in [
      ("api-key: \(testKey)", 0o644, "chmod 600"), ("api-key", 0o600, "line 1"), ("a: b\nHost: x", 0o600, "line 2"),
      ("a: b\nA: c", 0o600, "twice"),
    ] {
      let path = try file(text, mode: mode)
      defer { try? FileManager.default.removeItem(atPath: path) }
      let said = complaint { try policy { $0.headerFile = path } }
      #expect(said.contains(word) && !said.contains(testKey), "\(said)")
    }
  }

  @Test func `is not sent when there is none, or none is wanted`() async throws {
    #expect(try await sent([:]) == nil)
    #expect(try await sent(["OPENAI_API_KEY": testKey]) { $0.keyVariable = "none" } == nil)
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o666, 0o610])
  func `is not read from a file that others can read`(_ mode: Int) throws {
    let path = try file(testKey, mode: mode)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let said = complaint { try policy { $0.keyFile = path } }
    #expect(said.contains("chmod 600 \(path)"))
    #expect(!said.contains(testKey))
  }

  @Test func `is not read from a folder, a pipe, a device, a long file or nothing`() throws {
    #expect(complaint { try policy { $0.keyFile = "/tmp" } }.contains("not a regular file"))
    #expect(complaint { try policy { $0.keyFile = "/dev/zero" } }.contains("not a regular file"))
    #expect(complaint { try policy { $0.keyFile = "/nowhere/key" } }.contains("No such file"))
    let pipe = FileManager.default.temporaryDirectory.appending(path: "palimpsest-pipe-\(UUID().uuidString)").path
    #expect(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    #expect(complaint { try policy { $0.keyFile = pipe } }.contains("not a regular file"))
    for (text, word) in [
      (String(repeating: "k", count: 20_000), "too long"), ("", "empty"), ("two words", "white space"),
    ] {
      let path = try file(text, mode: 0o600)
      defer { try? FileManager.default.removeItem(atPath: path) }
      #expect(complaint { try policy { $0.keyFile = path } }.contains(word))
    }
  }

  @Test(arguments: ["a\r\nX-Evil: 1", "a\u{0}b", "schlüssel", "a b"])
  func `that could break out of its header is refused, and not shown`(_ key: String) {
    let said = complaint { try policy("http://127.0.0.1:9/v1", ["OPENAI_API_KEY": key]) }
    #expect(said.contains("$OPENAI_API_KEY"))
    #expect(!said.contains(key))
  }

  @Test func `is not sent in the clear to another machine unless that is allowed`() throws {
    let key = ["OPENAI_API_KEY": testKey]
    #expect(complaint { try policy("http://example.org/v1", key) }.contains("allowPlainKey"))
    #expect(complaint { try policy("http://127.0.0.1.example.org/v1", key) }.contains("allowPlainKey"))
    #expect(complaint { try policy("http://127.0.0.1/v1 http://10.0.0.7/v1", key) }.contains("10.0.0.7"))
    for fine in ["http://localhost:1/v1", "http://127.8.8.8/v1", "http://[::1]:80/v1", "https://example.org/v1"] {
      #expect(complaint { try policy(fine, key) } == "")
    }
    _ = try policy("http://example.org/v1", key) { $0.allowPlainKey = true }
    _ = try policy("http://example.org/v1", key) { $0.keyVariable = "none" }
  }

  @Test func `that is named and missing is asked for`() throws {
    #expect(complaint { try policy("https://example.org/v1") }.contains("$OPENAI_API_KEY"))
    #expect(complaint { try policy { $0.keyVariable = "MINE" } }.contains("$MINE"))
    _ = try policy("https://example.org/v1") { $0.keyVariable = "none" }
  }

  @Test(arguments: [
    "https://user:sekrit@example.org/v1", "https://example.org/v1?api_key=sekrit", "https://sekrit@example.org",
    "https://example.org/v1?X-Token=sekrit", "ftp://user:sekrit@example.org", "user:sekrit@example.org/v1",
  ])
  func `does not stand in a URL`(_ endpoint: String) {
    let said = complaint { try policy(endpoint) }
    #expect(said.contains("cannot be used"))
    #expect(!said.contains("sekrit"), "\(said)")
  }

  /// Every form in which a body may hand the key back, in every place where a text is kept.
  static let echoes = [
    testKey, testKey.replacing("/", with: "\\/"), testKey.replacing("sk-", with: "\\u0073k-"),
    "sk-test%2F0123456789abcdef", Data(testKey.utf8).base64EncodedString(),
  ]

  @Test(arguments: echoes)
  func `that an endpoint echoes is kept nowhere`(_ echo: String) async throws {
    let bodies: [(Int, String)] = [
      (200, #"{"model":"\#(echo)","choices":[{"message":{"content":"your key is \#(echo)."}}]}"#),
      (400, #"{"error":{"message":"bad key \#(echo)","code":"\#(echo)"}}"#),
      (500, "<html>\(String(repeating: "x", count: 190)) \(echo)</html>"),
      (200, "<html>\(echo)</html>"),
      (200, #"{"error":{"message":"\#(echo)","code":"\#(echo)"}}"#),
    ]
    for (status, body) in bodies {
      let transport = ScriptedTransport { _, _ in
        HTTPAnswer(status: status, headers: [("Content-Type", echo), ("Location", echo)], body: Array(body.utf8))
      }
      let policy = try policy("http://127.0.0.1:9/v1", ["OPENAI_API_KEY": testKey], transport)
      var shown = ""
      do {
        let reply = try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1))
        shown = "\(reply)" + String(decoding: try JSONEncoder().encode(reply), as: UTF8.self)
      } catch {
        shown = "\(error)" + String(reflecting: error)
      }
      dump(policy, to: &shown)
      shown += "\(policy) \(try JSONEncoder().encode(policy.settings)) \(await policy.statistics)"
      #expect(!shown.contains(testKey), "\(shown)")
      #expect(!shown.contains("0123456789abcdef"), "\(shown)")
      #expect(!shown.contains(Data(testKey.utf8).base64EncodedString()))
    }
  }

  @Test func `that is a place holder changes no text`() async throws {
    let transport = ScriptedTransport { _, _ in .ok(#"{"choices":[{"message":{"content":"EMPTY is EMPTY"}}]}"#) }
    let policy = try policy("http://127.0.0.1:9/v1", ["OPENAI_API_KEY": "EMPTY"], transport)
    #expect(try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1)).text == "EMPTY is EMPTY")
  }
}
