import Synchronization

extension FakeWire {
  /// A model that fails at random: overloads, resets, answers that break off, refusals for good.
  ///
  /// What happens depends on the seed, the request's body and how often that body came before, not
  /// on when it comes: the same calls fail in the same way in any order and at any width.
  ///
  /// - Parameters:
  ///   - rate: share of calls that fail but may be made again.
  ///   - fatal: share of requests that are refused every time.
  public static func flaky(
    seed: UInt64, rate: Double = 0.25, fatal: Double = 0.01,
    reply: @escaping @Sendable (Chat.Request) -> String = { RuleModel.reply(to: $0.prompt) }
  ) throws -> FakeWire {
    let seen = Seen()
    return try FakeWire { request in
      guard request.method == "POST", let chat = Chat.request(in: request.body) else {
        return [.send(Chat.http(body: #"{"data":[]}"#))]
      }
      let hash = fingerprint(request.body, seed)
      if share(hash, 0) < fatal { return [.send(Chat.http(400, body: #"{"error":{"message":"bad luck"}}"#))] }
      let times = seen.count(hash)
      guard share(hash, times) < rate else {
        let text = reply(chat)
        let usage = (read: chat.prompt.utf8.count, generated: text.utf8.count)
        return [.send(Chat.http(body: Chat.completion(text, usage: usage)))]
      }
      return fault(Int(share(hash, times + 1000) * 8))
    }
  }

  private static func fault(_ kind: Int) -> [Act] {
    let whole = Chat.http(body: Chat.completion("never seen"))
    return switch kind {
    case 0: [.send(Chat.http(429, [("Retry-After", "1")], body: ""))]
    case 1: [.send(Chat.http(500, body: "{}"))]
    case 2: [.send(Chat.http(503, body: "<html>busy</html>"))]
    case 3: [.reset]
    case 4: [.send(Array(whole.prefix(20))), .reset]
    case 5: [.send(Array(whole.dropLast(30))), .close]
    case 6: [.send(Chat.http(body: String(Chat.completion("never seen").dropLast(25))))]
    default: [.send(Chat.http(408, body: ""))]
    }
  }

  private static func fingerprint(_ body: [UInt8], _ seed: UInt64) -> UInt64 {
    body.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// A number in 0..<1 for the n-th time a request comes.
  private static func share(_ hash: UInt64, _ times: Int) -> Double {
    var z = hash &+ UInt64(times + 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
  }

  private final class Seen: Sendable {
    private let counts = Mutex<[UInt64: Int]>([:])
    func count(_ hash: UInt64) -> Int {
      counts.withLock { counts in
        counts[hash, default: 0] += 1
        return counts[hash, default: 0]
      }
    }
  }
}
