import Palimpsest
import PolicyRemote
import Testing

@Suite struct `A throttle` {
  let time = VirtualTime()

  private func throttle(start: Int = 4, floor: Int = 2, ceiling: Int = 8) -> Throttle {
    Throttle(.init(start: start, floor: floor, ceiling: ceiling), watch: time.watch)
  }

  /// Fills every place with calls that end together, saying the same.
  private func round(_ throttle: Throttle, _ sign: Throttle.Sign) async throws {
    let latch = Latch()
    let width = await throttle.limit
    try await withThrowingTaskGroup(of: Void.self) { calls in
      for _ in 0..<width {
        calls.addTask { try await throttle.run({ await latch.wait() }, sign: { sign }) }
      }
      await eventually { await throttle.active == width }
      await latch.open()
      try await calls.waitForAll()
    }
  }

  @Test func `starts with 20 places, never has fewer than 10 or more than 100`() async throws {
    let throttle = Throttle(.init(), watch: time.watch)
    #expect(await throttle.limit == 20)
    for _ in 0..<200 { try await round(throttle, .served) }
    #expect(await throttle.limit == 100)
    for _ in 0..<20 {
      try await round(throttle, .limited)
      time.advance(by: 16)
    }
    #expect(await throttle.limit == 10)
  }

  @Test func `lets no more in than it has places for`() async throws {
    let throttle = throttle()
    let latch = Latch()
    try await withThrowingTaskGroup(of: Void.self) { calls in
      for _ in 0..<50 { calls.addTask { try await throttle.run({ await latch.wait() }, sign: { .nothing }) } }
      await eventually { await throttle.waiting == 46 }
      #expect(await throttle.active == 4)
      await latch.open()
      try await calls.waitForAll()
    }
    #expect(await throttle.peak == 4)
    #expect(await throttle.active == 0)
  }

  @Test func `takes a fifth away on 429, once in 15 seconds`() async throws {
    let throttle = Throttle(.init(), watch: time.watch)
    try await round(throttle, .limited)  // 20 calls, one cut: 20 × 0.8
    #expect(await throttle.limit == 16)
    time.advance(by: 14)
    try await round(throttle, .limited)
    #expect(await throttle.limit == 16)
    time.advance(by: 2)
    try await round(throttle, .limited)  // 16 × 0.8 = 12.8
    #expect(await throttle.limit == 12)
  }

  @Test(arguments: [Throttle.Sign.limited, .strained])
  func `does not grow for 15 seconds after a refusal`(_ sign: Throttle.Sign) async throws {
    let throttle = throttle(start: 4, floor: 4)
    try await round(throttle, sign)
    time.advance(by: 14)
    for _ in 0..<5 { try await round(throttle, .served) }
    #expect(await throttle.limit == 4)
    time.advance(by: 2)
    for _ in 0..<5 { try await round(throttle, .served) }
    #expect(await throttle.limit > 4)
  }

  @Test func `does not shrink on 5xx`() async throws {
    let throttle = throttle()
    for _ in 0..<10 { try await round(throttle, .strained) }
    #expect(await throttle.limit == 4)
  }

  @Test func `does not grow while places stay empty`() async throws {
    let throttle = throttle()
    for _ in 0..<100 { try await throttle.run({}, sign: { .served }) }
    #expect(await throttle.limit == 4)
  }

  @Test func `serves in the order of arrival`() async throws {
    let throttle = throttle(start: 1, floor: 1)
    let latch = Latch()
    let order = Order()
    try await withThrowingTaskGroup(of: Void.self) { calls in
      calls.addTask { try await throttle.run({ await latch.wait() }, sign: { .nothing }) }
      await eventually { await throttle.active == 1 }
      for number in 0..<20 {
        calls.addTask { try await throttle.run({ await order.add(number) }, sign: { .nothing }) }
        await eventually { await throttle.waiting == number + 1 }
      }
      await latch.open()
      try await calls.waitForAll()
    }
    #expect(await order.numbers == Array(0..<20))
  }

  @Test func `forgets who is cancelled, and gives the place to the next`() async throws {
    let throttle = throttle(start: 1, floor: 1)
    let latch = Latch()
    let holder = Task { try await throttle.run({ await latch.wait() }, sign: { .nothing }) }
    await eventually { await throttle.active == 1 }
    let impatient = Task { try await throttle.run({}, sign: { .nothing }) }
    await eventually { await throttle.waiting == 1 }
    let next = Task { try await throttle.run({}, sign: { .nothing }) }
    await eventually { await throttle.waiting == 2 }

    impatient.cancel()
    await #expect(throws: CancellationError.self) { try await impatient.value }
    #expect(await throttle.waiting == 1)
    await latch.open()
    try await holder.value
    try await next.value
    #expect(await throttle.active == 0)
  }

  @Test func `gives a place back when a call throws`() async throws {
    struct Failure: Error {}
    let throttle = throttle(start: 1, floor: 1)
    await #expect(throws: Failure.self) { try await throttle.run({ throw Failure() }, sign: { .nothing }) }
    #expect(await throttle.active == 0)
  }

  private actor Order {
    var numbers: [Int] = []
    func add(_ number: Int) { numbers.append(number) }
  }
}
