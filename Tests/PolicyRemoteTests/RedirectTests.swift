import FakeEndpoint
import Foundation
import Palimpsest
import PolicyRemote
import Support
import Testing

#if Remote
  @Suite(.serialized) struct `A redirect` {
    static func to(_ place: String, _ status: Int = 307) -> [FakeWire.Act] {
      [.send(Chat.http(status, [("Location", place)], body: ""))]
    }
    static let fine: [FakeWire.Act] = [.send(Chat.http(body: Chat.completion("fine")))]

    private func failure(_ url: String) async throws -> String {
      let policy = try RemotePolicy.asking(url)
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      await policy.shutdown()
      #expect(error?.stopsRun == true && error?.attempts == 1)
      #expect(error?.description.contains(testKey) == false)
      return error?.description ?? ""
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `to another port brings it neither key nor text`(_ status: Int) async throws {
      let thief = try FakeWire(always: Self.fine)
      let fake = try FakeWire { _ in Self.to("\(thief.url)/chat/completions?k=\(testKey)", status) }
      defer {
        fake.stop()
        thief.stop()
      }
      #expect(try await failure(fake.url).contains("another scheme, host or port"))
      #expect(fake.requests.count == 1)
      #expect(fake.requests[0]["authorization"] == "Bearer \(testKey)")
      #expect(thief.requests.isEmpty && thief.connections == 0)
    }

    @Test func `to another name of this machine is to another host`() async throws {
      let fake = try FakeWire { request in
        Self.to("http://localhost:\(request["host"]?.split(separator: ":").last ?? "")/v1")
      }
      defer { fake.stop() }
      #expect(try await failure(fake.url).contains("another scheme, host or port"))
      #expect(fake.requests.count == 1)
    }

    @Test(arguments: [
      "//evil.example/v1", "https://evil.example/v1", "http://u:p@evil.example/", "ftp://evil.example",
      "file:///etc/passwd",
    ])
    func `to anywhere else is not followed`(_ place: String) async throws {
      let fake = try FakeWire { _ in Self.to(place) }
      defer { fake.stop() }
      #expect(try await failure(fake.url).contains("sends the call on"))
    }

    @Test(arguments: [307, 308]) func `within the origin keeps method, body and key`(_ status: Int) async throws {
      let fake = try FakeWire { $0.path == "/there" ? Self.fine : Self.to("/there", status) }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      let reply = try await policy.say()
      #expect(reply.text == "fine" && reply.attempts == 1)
      let (first, second) = (fake.requests[0], fake.requests[1])
      #expect(second.method == "POST" && second.body == first.body && !second.body.isEmpty)
      #expect(second["authorization"] == "Bearer \(testKey)")
      await policy.shutdown()
    }

    @Test(arguments: [301, 302, 303]) func `that would make a GET of a POST is not followed`(_ status: Int) async throws
    {
      let fake = try FakeWire { $0.path == "/there" ? Self.fine : Self.to("/there", status) }
      defer { fake.stop() }
      #expect(try await failure(fake.url).contains("would make a GET"))
      #expect(fake.requests.count == 1)
    }

    @Test func `in a circle ends`() async throws {
      let fake = try FakeWire { Self.to($0.path == "/a" ? "/b" : "/a") }
      defer { fake.stop() }
      #expect(try await failure(fake.url).contains("redirect 6"))
      #expect(fake.requests.count == 6)
    }

    @Test func `to nowhere is told`() async throws {
      let fake = try FakeWire(always: [.send(Chat.http(307, [], body: ""))])
      defer { fake.stop() }
      #expect(try await failure(fake.url).contains("names no place"))
    }
  }
#endif

@Suite struct `A redirect from https` {
  @Test(arguments: [
    "http://example.org/v1/chat/completions", "https://example.org:444/v1", "https://api.example.org/v1",
  ])
  func `to anything less is not followed`(_ place: String) async throws {
    let transport = ScriptedTransport { _, _ in HTTPAnswer(status: 307, headers: [("Location", place)]) }
    let policy = try RemotePolicy(
      RemotePolicy.Settings(endpoint: "https://example.org/v1", model: "m"), transport: transport,
      watch: VirtualTime().watch, environment: ["OPENAI_API_KEY": testKey])
    await #expect(throws: RemoteError.self) { try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1)) }
    #expect(transport.requests.count == 1)
  }

  @Test func `that spells out the port it already has is followed`() async throws {
    let transport = ScriptedTransport { _, count in
      count == 0
        ? HTTPAnswer(status: 307, headers: [("location", "https://EXAMPLE.org:443/v2/chat/completions")])
        : .ok(#"{"choices":[{"message":{"content":"fine"}}]}"#)
    }
    let policy = try RemotePolicy(
      RemotePolicy.Settings(endpoint: "https://example.org/v1", model: "m"), transport: transport,
      watch: VirtualTime().watch, environment: ["OPENAI_API_KEY": testKey])
    #expect(try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1)).text == "fine")
  }
}
