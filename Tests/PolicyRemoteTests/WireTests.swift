#if Remote
  import FakeEndpoint
  import Foundation
  import Palimpsest
  import PolicyRemote
  import Testing

  @Suite(.serialized) struct `A connection` {
    static let fine = Chat.http(body: Chat.completion("fine"))

    private func kind(_ error: RemoteError?) -> String {
      if case .failed(let fault, _, _, _)? = error { fault.kind } else { "" }
    }

    @Test func `that nobody accepts is given up in time`() async throws {
      let fake = try FakeWire(accepts: false) { _ in [] }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url) {
        $0.timeouts.connect = 0.2
        $0.retries = 1
      }
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(kind(error) == "timeout (connect)")
      #expect(error?.attempts == 2)
      await policy.shutdown()
    }

    @Test func `to a port where nobody listens is refused, and tried again`() async throws {
      let fake = try FakeWire(always: [])
      let url = fake.url
      fake.stop()
      await eventually { fake.isClosed }
      let policy = try RemotePolicy.asking(url)
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(kind(error) == "connection lost")
      #expect(error?.attempts == 3)
      #expect(error?.description.contains("could not be reached") == true)
      await policy.shutdown()
    }

    @Test func `to a name that does not exist is given up`() async throws {
      let policy = try RemotePolicy.asking("http://nowhere.invalid/v1", key: nil) { $0.retries = 0 }
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(error?.description.contains("could not be reached") == true)
      await policy.shutdown()
    }

    @Test func `with TLS to a server without is not trusted, and not tried again`() async throws {
      let fake = try FakeWire(greeting: [.text("HTTP/1.1 400 Bad Request\r\n\r\n")]) { _ in [] }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url.replacing("http:", with: "https:"))
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(kind(error) == "not secure", "\(String(describing: error))")
      #expect(error?.attempts == 1 && error?.stopsRun == true)
      await policy.shutdown()
    }

    @Test func `whose handshake never ends is given up in time`() async throws {
      let fake = try FakeWire(greeting: [.hang]) { _ in [] }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url.replacing("http:", with: "https:")) {
        $0.timeouts.connect = 0.2
        $0.retries = 0
      }
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(kind(error) == "timeout (connect)")
      await policy.shutdown()
    }

    /// An answer too many must not be taken for that of the next call.
    @Test func `that brings two answers to one call is not believed the second`() async throws {
      let forged = Chat.http(body: Chat.completion("forged"))
      let fake = try FakeWire(always: [.send(Self.fine + forged)])
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url) { $0.retries = 5 }
      for _ in 0..<30 { #expect(try await policy.say().text == "fine") }
      await policy.shutdown()
    }

    @Test func `is used again`() async throws {
      let fake = try FakeWire(always: [.send(Self.fine)])
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      for _ in 0..<10 { #expect(try await policy.say().text == "fine") }
      #expect(fake.connections == 1)
      await policy.shutdown()
    }

    /// The server ends the connection after an answer without a word; the next call may be on its way.
    @Test func `that ends between two calls costs at most a retry`() async throws {
      let fake = try FakeWire(always: [.send(Self.fine), .close])
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url) { $0.retries = 5 }
      for _ in 0..<50 { #expect(try await policy.say().text == "fine") }
      await policy.shutdown()
    }

    @Test func `is not opened more often than there are places`() async throws {
      let fake = try await FakeModel.start { _ in
        await Task.yield()
        return "fine"
      }
      let policy = try RemotePolicy.asking(fake.url) { $0.concurrency = .init(start: 3, floor: 3, ceiling: 3) }
      try await withThrowingTaskGroup(of: Reply.self) { calls in
        for number in 0..<60 { calls.addTask { try await policy.say(session: "q\(number)") } }
        for try await reply in calls { #expect(reply.text == "fine") }
      }
      #expect(fake.peak <= 3)
      let replica = await policy.statistics.replicas[0]
      #expect(replica.peak == 3 && replica.active == 0 && replica.waiting == 0)
      await policy.shutdown()
      await fake.stop()
    }

    @Test func `is left at once by a call that is cancelled`() async throws {
      let fake = try FakeWire(always: [.hang])
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url) { $0.concurrency = .init(start: 1, floor: 1, ceiling: 1) }
      let calls = (0..<5).map { number in Task { try await policy.say(session: "q\(number)") } }
      await eventually { fake.requests.count == 1 }
      await eventually { await policy.statistics.replicas[0].waiting == 4 }
      for call in calls { call.cancel() }
      for call in calls { await #expect(throws: CancellationError.self) { try await call.value } }
      let replica = await policy.statistics.replicas[0]
      #expect(replica.active == 0 && replica.waiting == 0)
      await policy.shutdown()
    }

    @Test func `is closed with its policy, which then says so`() async throws {
      let fake = try FakeWire(always: [.send(Self.fine)])
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      _ = try await policy.say()
      await policy.shutdown()
      await policy.shutdown()
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(kind(error) == "shut down")
      #expect(error?.stopsRun == true && error?.attempts == 1)
    }

    /// The client traps when it goes without having been shut down.
    @Test func `may be forgotten`() async throws {
      let fake = try FakeWire(always: [.send(Self.fine)])
      defer { fake.stop() }
      for _ in 0..<5 {
        let policy = try RemotePolicy.asking(fake.url)
        _ = try await policy.say()
      }
    }
  }

  @Suite struct `What a reply cost` {
    private func usage(_ acts: [FakeWire.Act]...) async throws -> Reply {
      let fake = try FakeWire { acts[min($0.index, acts.count - 1)] }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      let reply = try await policy.say("Hello?")
      await policy.shutdown()
      return reply
    }

    @Test func `is what the endpoint says`() async throws {
      let reply = try await usage([.send(Chat.http(body: Chat.completion("fine", model: "real-7b")))])
      #expect(reply.usage == Usage(read: 7, generated: 3))
      #expect(reply.model == "real-7b")
    }

    @Test func `is counted here, and marked, when the endpoint does not say`() async throws {
      // One token per byte: "Hello?" and "fine".
      let reply = try await usage([.send(Chat.http(body: Chat.completion("fine", usage: nil)))])
      #expect(reply.usage == Usage(read: 6, generated: 4, isEstimated: true))
    }

    @Test func `holds what failed attempts cost`() async throws {
      let spent = #"{"error":{"message":"late"},"usage":{"prompt_tokens":100,"completion_tokens":20}}"#
      let reply = try await usage(
        [.send(Chat.http(500, body: spent))], [.send(Chat.http(429, body: "{}"))],
        [.send(Chat.http(body: Chat.completion("fine")))])
      #expect(reply.usage == Usage(read: 107, generated: 23))
      #expect(reply.attempts == 3)
    }

    @Test func `is kept when no reply came`() async throws {
      let fake = try FakeWire(always: [
        .send(Chat.http(500, body: #"{"usage":{"prompt_tokens":10,"completion_tokens":2}}"#))
      ])
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      let error = await #expect(throws: RemoteError.self) { try await policy.say() }
      #expect(error?.attempts == 3)
      #expect(error?.spent == Usage(read: 30, generated: 6))
      #expect(await policy.statistics.usage == Usage(read: 30, generated: 6))
      await policy.shutdown()
    }
  }

  @Suite struct `What a policy has done` {
    @Test func `is counted: calls, retries, faults, places`() async throws {
      let fake = try FakeWire { request in
        switch request.index {
        case 0: [.send(Chat.http(500, body: ""))]
        case 1: [.reset]
        case 3...5: [.send(Chat.http(429, body: ""))]
        default: [.send(Chat.http(body: Chat.completion("fine")))]
        }
      }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      _ = try await policy.say()  // at the third call
      await #expect(throws: RemoteError.self) { try await policy.say() }  // three limits
      _ = try await policy.say()

      let counts = await policy.statistics
      #expect((counts.replies, counts.failures, counts.attempts, counts.retries) == (2, 1, 7, 4))
      #expect(counts.faults == ["status 500": 1, "connection lost": 1, "status 429": 3])
      #expect(counts.replicas.map(\.attempts) == [7])
      #expect(counts.replicas.map(\.limit) == [16])  // 20 × 0.8
      #expect(counts.usage == Usage(read: 14, generated: 6))
      #expect(0 < counts.seconds.median && counts.seconds.median <= counts.seconds.longest)
      await policy.shutdown()
    }

    @Test func `has percentiles that are right to 2 %`() {
      var histogram = Histogram()
      for number in (1...1000).reversed() { histogram.add(Double(number) / 100) }
      let seconds = histogram.percentiles
      #expect(abs(seconds.median / 5 - 1) < 0.02)
      #expect(abs(seconds.ninetieth / 9 - 1) < 0.02)
      #expect(abs(seconds.ninetyNinth / 9.9 - 1) < 0.02)
      #expect(seconds.longest == 10)
    }

    @Test func `is nothing before it has done anything, and anything after`() {
      var histogram = Histogram()
      #expect(histogram.percentiles.median == 0 && histogram.percentiles.longest == 0)
      for odd in [0, -1, 1e-12, 1e12] { histogram.add(odd) }
      #expect(histogram.percentiles.longest == 1e12)
    }
  }

  @Suite struct `A look before the run` {
    @Test func `sees an endpoint that is ready`() async throws {
      let fake = try await FakeModel.start(models: ["fake-1", "fake-2"], key: testKey)
      let policy = try RemotePolicy.asking(fake.url)
      let probe = try #require(await policy.probe().first)
      #expect(probe.isReachable && probe.isReady && probe.complaint == nil)
      #expect(probe.models == ["fake-1", "fake-2"])
      await policy.shutdown()
      await fake.stop()
    }

    @Test func `names the nearest model where the wanted one is missing`() async throws {
      let fake = try await FakeModel.start(models: ["fake-10"])
      let policy = try RemotePolicy.asking(fake.url)
      let probe = try #require(await policy.probe().first)
      #expect(probe.isReachable && !probe.isReady)
      #expect(probe.complaint?.contains("did you mean fake-10?") == true)
      await policy.shutdown()
      await fake.stop()
    }

    @Test func `asks for one token where there is no list`() async throws {
      let fake = try FakeWire {
        [.send($0.method == "GET" ? Chat.http(404, body: "") : Chat.http(body: Chat.completion("x")))]
      }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      let probe = try #require(await policy.probe().first)
      #expect(probe.isReady)
      #expect(fake.requests.dropFirst().first.flatMap { Chat.request(in: $0.body) }?.maxTokens == 1)
      await policy.shutdown()
    }

    @Test(arguments: [
      Chat.http(body: "<html>Welcome</html>"), Chat.http(body: #"{"data":"none"}"#), Chat.http(403, body: "{}"),
      Chat.http(501, body: ""), Chat.http(400, body: "no such operation"),
    ])
    func `asks for one token where the list is none`(_ nonsense: [UInt8]) async throws {
      let fake = try FakeWire {
        [.send($0.method == "GET" ? nonsense : Chat.http(body: Chat.completion("x")))]
      }
      defer { fake.stop() }
      let policy = try RemotePolicy.asking(fake.url)
      let probe = try #require(await policy.probe().first)
      #expect(probe.isReachable && probe.isReady && probe.complaint == nil, "\(probe)")
      await policy.shutdown()
    }

    @Test func `says what is wrong, of each replica`() async throws {
      let locked = try await FakeModel.start(key: "another key of some length")
      let dead = try FakeWire(always: [.reset])
      defer { dead.stop() }
      let odd = try FakeWire(always: [.send(Chat.http(body: #"{"data":"none"}"#))])
      defer { odd.stop() }
      let policy = try RemotePolicy.asking("\(locked.url) \(dead.url) \(odd.url)")
      let probes = await policy.probe()
      #expect(probes.map(\.isReady) == [false, false, false])
      #expect(probes[0].complaint?.contains("check the key") == true)
      #expect(probes[1].complaint?.contains("gave no answer") == true)
      #expect(probes[2].complaint?.contains("no choices") == true)
      #expect(probes.allSatisfy { !($0.complaint ?? "").contains(testKey) })
      await policy.shutdown()
      await locked.stop()
    }
  }
#endif
