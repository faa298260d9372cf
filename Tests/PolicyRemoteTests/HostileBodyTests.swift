import FakeEndpoint
import Foundation
import Palimpsest
import PolicyRemote
import Support
import Testing

@Suite struct `Any bytes at all` {
  /// The outcome of one call whose answer has this body.
  private func outcome(_ body: [UInt8], status: Int = 200, type: String = "application/json") async throws -> String {
    let transport = ScriptedTransport { _, _ in
      HTTPAnswer(status: status, headers: [("Content-Type", type)], body: body)
    }
    var settings = RemotePolicy.Settings(endpoint: "http://127.0.0.1:9/v1", model: "m")
    settings.retries = 0
    let policy = try RemotePolicy(
      settings, transport: transport, watch: VirtualTime().watch, environment: ["OPENAI_API_KEY": testKey])
    do {
      return try await policy.reply(to: "x", sampling: Sampling(maxTokens: 1)).text
    } catch let error as RemoteError {
      #expect(error.attempts == 1)
      #expect(error.description.utf8.count < 2000)
      #expect(!error.description.contains("\n") && !error.description.contains("\u{1b}"))
      return error.description
    }
  }

  /// Changes, drops and doubles a few bytes.
  private func mangled(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.removeSubrange(place...)
      case 2: bytes.remove(at: place)
      default: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
      }
    }
    return bytes
  }

  @Test func `are a reply or an error`() async throws {
    var generator = SeededGenerator(seed: 4, purpose: "bytes")
    let refusal =
      #"{"error":{"message":"no\u001b[31m\nmore","type":"t","code":7},"usage":{"prompt_tokens":1,"completion_tokens":2}}"#
    for _ in 0..<400 {
      _ = try await outcome(mangled(Chat.completion("fine \u{1b}[0m \n"), &generator))
      _ = try await outcome(mangled(Chat.stream("fine"), &generator), type: "text/event-stream")
      _ = try await outcome(mangled(refusal, &generator), status: 400)
      _ = try await outcome(
        (0..<Int.random(in: 0..<60, using: &generator)).map { _ in .random(in: 0...255, using: &generator) })
    }
  }

  @Test func `may be cut anywhere: nothing short of the whole is taken for the whole`() async throws {
    let completion = Array(Chat.completion("fine").utf8)
    for count in 0..<completion.count {
      #expect(try await outcome(Array(completion.prefix(count))).contains("ends early"), "\(count)")
    }
    let stream = Array(Chat.stream("fine").utf8)
    let end = stream.count - "\n\n".utf8.count  // [DONE] may be the last there is
    for count in 0..<end {
      #expect(
        try await outcome(Array(stream.prefix(count)), type: "text/event-stream").contains("ends early"), "\(count)")
    }
    #expect(try await outcome(Array(stream.prefix(end)), type: "text/event-stream") == "fine")
  }
}
