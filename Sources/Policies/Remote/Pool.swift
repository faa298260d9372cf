import Palimpsest

/// The replicas of one model, and the choice of a replica for each reading.
///
/// All calls of a session go to the same replica, which has the beginnings of its prompts in its
/// cache: the replica with the highest hash of (session, replica) among the healthy ones
/// (rendezvous hashing, Thaler and Ravishankar 1998), so that a replica that leaves moves no
/// session of the others.
///
/// A replica that cannot be reached, or failed three times in a row, is left alone for 5 seconds,
/// then 10, 20, 40, 60. After that it is probed before it gets work again.
package actor Pool {
  package struct Replica: Sendable {
    package let endpoint: Endpoint
    package let throttle: Throttle
  }

  package enum Health: Sendable, Hashable {
    case well(failures: Int)
    /// Left alone until then, for the how-manyth time in a row.
    case ejected(until: Double, times: Int)
    /// It is being probed.
    case examined(times: Int)
  }

  package enum Choice: Sendable {
    case ask(Int)
    /// Look at this one, report, and choose again.
    case examine(Int)
  }

  package nonisolated let replicas: [Replica]
  package private(set) var health: [Health]
  private let watch: Watch

  private static let patience = 3
  private static let firstRest = 5.0
  private static let longestRest = 60.0

  package init(_ endpoints: [Endpoint], bounds: Throttle.Bounds, watch: Watch) {
    replicas = endpoints.map { Replica(endpoint: $0, throttle: Throttle(bounds, watch: watch)) }
    health = endpoints.map { _ in .well(failures: 0) }
    self.watch = watch
  }

  package func choose(for session: String) -> Choice {
    // A single replica is used whatever its health, because there is no other.
    guard replicas.count > 1 else { return .ask(0) }
    let well = replicas.indices.filter { if case .well = health[$0] { true } else { false } }
    if !well.isEmpty, let index = replicas.indices.first(where: isRested) {
      guard case .ejected(_, let times) = health[index] else { return .ask(index) }
      health[index] = .examined(times: times)
      return .examine(index)
    }
    let candidates = well.isEmpty ? Array(replicas.indices) : well
    return .ask(Self.favourite(of: session, among: candidates.map { ($0, replicas[$0].endpoint) }))
  }

  private func isRested(_ index: Int) -> Bool {
    if case .ejected(let until, _) = health[index] { watch.seconds() >= until } else { false }
  }

  /// The candidate with the highest score; the scores of the others do not matter to it.
  package static func favourite(of session: String, among candidates: [(index: Int, endpoint: Endpoint)]) -> Int {
    let scored = candidates.map { candidate in
      var generator = SeededGenerator(seed: 0, session: session, purpose: candidate.endpoint.url(""))
      return (score: generator.next(), index: candidate.index)
    }
    return scored.max { $0.score < $1.score }?.index ?? 0
  }

  package func succeeded(_ index: Int) { health[index] = .well(failures: 0) }

  package func failed(_ index: Int, isUnreachable: Bool) {
    switch health[index] {
    case .well(let failures):
      let isOut = isUnreachable || failures + 1 >= Self.patience
      health[index] = isOut ? rest(1) : .well(failures: failures + 1)
    case .examined(let times): health[index] = rest(times + 1)
    case .ejected: break  // by a call that was under way already
    }
  }

  private func rest(_ times: Int) -> Health {
    var seconds = Self.firstRest
    for _ in 1..<max(1, min(times, 10)) { seconds = min(Self.longestRest, seconds * 2) }
    return .ejected(until: watch.seconds() + seconds, times: times)
  }
}
