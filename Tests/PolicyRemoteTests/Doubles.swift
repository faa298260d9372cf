import Foundation
import Palimpsest
import PolicyRemote
import Synchronization

/// Time that passes only when somebody sleeps.
final class VirtualTime: Sendable {
  private let state = Mutex((now: 0.0, slept: [Double]()))

  static let noon = Date(timeIntervalSince1970: 1_800_000_000)

  var slept: [Double] { state.withLock { $0.slept } }

  func advance(by seconds: Double) { state.withLock { $0.now += seconds } }

  var watch: Watch {
    Watch(
      date: { Self.noon.addingTimeInterval(self.state.withLock { $0.now }) },
      seconds: { self.state.withLock { $0.now } },
      sleep: { seconds in
        try Task.checkCancellation()
        self.state.withLock {
          $0.now += seconds
          $0.slept.append(seconds)
        }
        await Task.yield()
      })
  }
}

let testKey = "sk-test/0123456789abcdef"

/// Answers without a network, and remembers what it was asked.
final class ScriptedTransport: Transport {
  private let script: @Sendable (Request, Int) throws -> HTTPAnswer
  private let seen = Mutex<[Request]>([])

  var requests: [Request] { seen.withLock { $0 } }

  /// - Parameter script: is given the request and how many came before it.
  init(_ script: @escaping @Sendable (Request, Int) throws -> HTTPAnswer) { self.script = script }

  func carry(_ request: Request) async throws -> HTTPAnswer {
    let count = seen.withLock { seen in
      seen.append(request)
      return seen.count - 1
    }
    return try script(request, count)
  }

  func shutdown() async {}
}

extension HTTPAnswer {
  static func ok(_ body: String) -> HTTPAnswer { HTTPAnswer(status: 200, body: Array(body.utf8)) }
}

/// Lets nobody pass until it is opened.
actor Latch {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  func open() {
    isOpen = true
    waiting.forEach { $0.resume() }
    waiting = []
  }
}

/// Gives way until something is so.
func eventually(_ isSo: () async -> Bool) async {
  for _ in 0..<1_000_000 {
    if await isSo() { return }
    await Task.yield()
  }
}
