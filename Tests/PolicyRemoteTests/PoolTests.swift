import FakeEndpoint
import Palimpsest
import PolicyRemote
import Testing

@Suite struct `A pool of replicas` {
  let time = VirtualTime()

  private func pool(_ count: Int) throws -> Pool {
    let endpoints = try Endpoint.list((0..<count).map { "http://127.0.0.1:\(8000 + $0)/v1" }.joined(separator: " "))
    return Pool(endpoints, bounds: .init(), watch: time.watch)
  }

  private func asked(_ choice: Pool.Choice) -> Int? { if case .ask(let index) = choice { index } else { nil } }
  private func examined(_ choice: Pool.Choice) -> Int? { if case .examine(let index) = choice { index } else { nil } }

  @Test func `keeps a session where it is`() async throws {
    let pool = try pool(5)
    for session in 0..<50 {
      let first = asked(await pool.choose(for: "q\(session)"))
      for _ in 0..<3 { #expect(asked(await pool.choose(for: "q\(session)")) == first) }
    }
  }

  @Test func `spreads sessions evenly`() async throws {
    let pool = try pool(4)
    var counts = [0, 0, 0, 0]
    for session in 0..<4000 {
      let index = try #require(asked(await pool.choose(for: "q\(session)")))
      counts[index] += 1
    }
    // 1000 each; five standard deviations of a binomial with p = 1/4 are 137.
    #expect(counts.allSatisfy { abs($0 - 1000) < 137 }, "\(counts)")
  }

  @Test func `moves only the sessions of the replica that leaves, and moves them back`() async throws {
    let pool = try pool(4)
    var before: [Int?] = []
    for session in 0..<400 { before.append(asked(await pool.choose(for: "q\(session)"))) }
    await pool.failed(2, isUnreachable: true)
    for session in 0..<400 {
      let now = asked(await pool.choose(for: "q\(session)"))
      #expect(before[session] == 2 ? now != 2 : now == before[session])
    }
    await pool.succeeded(2)
    for session in 0..<400 { #expect(asked(await pool.choose(for: "q\(session)")) == before[session]) }
  }

  @Test func `leaves a replica alone after three failures in a row, at once when it cannot be reached`() async throws {
    let pool = try pool(2)
    await pool.failed(0, isUnreachable: false)
    await pool.failed(0, isUnreachable: false)
    await pool.succeeded(0)
    await pool.failed(0, isUnreachable: false)
    await pool.failed(0, isUnreachable: false)
    #expect(await pool.health[0] == .well(failures: 2))
    await pool.failed(0, isUnreachable: false)
    #expect(await pool.health[0] == .ejected(until: 5, times: 1))
    await pool.failed(1, isUnreachable: true)
    #expect(await pool.health[1] == .ejected(until: 5, times: 1))
  }

  @Test func `looks at a replica that has rested, once, and rests it twice as long if it is no better`() async throws {
    let pool = try pool(2)
    await pool.failed(0, isUnreachable: true)
    #expect(asked(await pool.choose(for: "q")) == 1)
    time.advance(by: 5)
    #expect(examined(await pool.choose(for: "q")) == 0)
    #expect(asked(await pool.choose(for: "q")) == 1)  // while somebody looks, nobody else does
    for (seconds, times) in [(10.0, 2), (20, 3), (40, 4), (60, 5), (60, 6)] {
      await pool.failed(0, isUnreachable: true)
      #expect(await pool.health[0] == .ejected(until: time.watch.seconds() + seconds, times: times))
      time.advance(by: seconds)
      #expect(examined(await pool.choose(for: "q")) == 0)
    }
    await pool.succeeded(0)
    #expect(await pool.health[0] == .well(failures: 0))
  }

  @Test func `asks somebody when nobody is well`() async throws {
    let pool = try pool(3)
    for index in 0..<3 { await pool.failed(index, isUnreachable: true) }
    #expect(asked(await pool.choose(for: "q")) != nil)
  }

  #if Remote
    @Test func `replies though a replica is down, and uses it again when it is back`() async throws {
      let good = try FakeWire { _ in [.send(Chat.http(body: Chat.completion("good")))] }
      let other = try FakeWire { request in
        request.method == "GET"
          ? [.send(Chat.http(body: #"{"data":[{"id":"fake-1"}]}"#))]
          : [.send(Chat.http(request.index < 3 ? 500 : 200, body: Chat.completion("other")))]
      }
      defer {
        good.stop()
        other.stop()
      }
      let policy = try RemotePolicy.asking("\(good.url), \(other.url)", time: time) { $0.retries = 3 }
      // Sessions that belong to the bad replica pay for its failures once.
      for session in 0..<20 { #expect(try await !policy.say(session: "q\(session)").text.isEmpty) }
      #expect(await policy.statistics.replicas.map(\.isWell) == [true, false])
      #expect(other.requests.count == 3)

      time.advance(by: 60)
      var texts: Set<String> = []
      for session in 0..<20 { texts.insert(try await policy.say(session: "q\(session)").text) }
      #expect(texts == ["good", "other"])
      #expect(other.requests[3].method == "GET")
      #expect(await policy.statistics.replicas.map(\.isWell) == [true, true])
      await policy.shutdown()
    }
  #endif
}
