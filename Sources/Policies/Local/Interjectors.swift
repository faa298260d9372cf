import Palimpsest
import Tensors

/// Several interjectors as one: the vectors of all, in the order of the interjectors.
struct JoinedInterjectors: Interjector {
  let interjectors: [any Interjector]

  func isAsked(after tokens: [Int]) -> Bool { interjectors.contains { $0.isAsked(after: tokens) } }

  func interject(at moment: Moment) async throws -> Tensor? {
    var vectors: [Tensor] = []
    for interjector in interjectors where interjector.isAsked(after: moment.tokens) {
      if let found = try await interjector.interject(at: moment) { vectors.append(found) }
    }
    return vectors.count > 1 ? .concatenated(vectors) : vectors.first
  }
}

/// An interjector in a call of a policy: it knows how the reply is drawn, and can read with the model.
struct CalledInterjector: Interjector {
  let interjector: any Interjector
  let call: CallID
  let sampling: Sampling
  let forward: Moment.Forward

  func isAsked(after tokens: [Int]) -> Bool { interjector.isAsked(after: tokens) }

  func interject(at moment: Moment) async throws -> Tensor? {
    try await interjector.interject(at: moment.called(as: call, with: sampling, forward: forward))
  }
}
