#if Remote
  import FakeEndpoint
  import Foundation
  import Palimpsest
  import PolicyRemote
  import Synchronization

  extension RemotePolicy {
    /// A policy for a fake: patient with the wire, since this machine may be busy, and never asleep.
    static func asking(
      _ url: String, time: VirtualTime = VirtualTime(), key: String? = testKey, seed: UInt64 = 1,
      _ change: (inout Settings) -> Void = { _ in }
    ) throws -> RemotePolicy {
      var settings = Settings(endpoint: url, model: "fake-1")
      settings.retries = 2
      settings.timeouts = Timeouts(connect: 10, total: 60, stall: 30)
      change(&settings)
      return try RemotePolicy(
        settings, seed: seed, watch: time.watch, environment: key.map { ["OPENAI_API_KEY": $0] } ?? [:])
    }

    func say(_ prompt: Prompt = "Hello?", session: String = "q1", maxTokens: Int = 64) async throws -> Reply {
      try await reply(to: prompt, sampling: Sampling(maxTokens: maxTokens), call: CallID(question: session, step: 3))
    }
  }
#endif
