#if Remote
  import FakeEndpoint
  import Foundation
  import Palimpsest
  import PolicyRemote
  import Testing

  @Suite(.serialized) struct `A remote policy, when the endpoint` {
    @Test(arguments: FaultCase.all) func `does wrong, gives the reply or the reason it should`(_ fault: FaultCase)
      async throws
    {
      let acts = fault.acts
      let fake = try FakeWire { acts[min($0.index, acts.count - 1)] }
      defer { fake.stop() }
      let time = VirtualTime()
      let policy = try RemotePolicy.asking(fake.url, time: time, fault.change)

      switch fault.outcome {
      case .reply(let text, let attempts, let finish):
        let reply = try await policy.say()
        #expect(reply.text == text)
        #expect(reply.attempts == attempts)
        #expect(reply.finish == finish)
      case .failure(let kind, let attempts, let stopsRun, let words):
        let error = await #expect(throws: RemoteError.self) { try await policy.say() }
        guard case .failed(let fault, _, _, _)? = error, let error else {
          Issue.record("failed before it called: \(String(describing: error))")
          break
        }
        #expect(fault.kind == kind)
        #expect(error.attempts == attempts)
        #expect(error.stopsRun == stopsRun)
        #expect(words.isEmpty || error.description.contains(words), "\(error.description)")
        #expect(!error.description.contains(testKey))
      }
      if let wait = fault.wait {
        #expect(wait.lowerBound - 0.001 <= time.slept[0] && time.slept[0] <= wait.upperBound + 0.001, "\(time.slept)")
      }
      await policy.shutdown()
    }

    @Test func `is one of many kinds of wrong`() {
      #expect(Set(FaultCase.all.map(\.name)).count == FaultCase.all.count)
      #expect(FaultCase.all.count >= 35)
    }
  }
#endif
