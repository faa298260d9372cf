import Tensors
import Transformers

extension Backbone {
  /// -ln p of each token of a stream that has one before it. The stream is read in spans that begin half a span
  /// apart, so but for the beginning each token is judged with at least half a span before it.
  ///
  /// - Parameter span: the most tokens that are seen before a token.
  public func surprisals(of stream: [Int], span: Int) -> [Float] {
    precondition(span >= 2, "a span of \(span) tokens")
    guard stream.count > 1 else { return [] }
    // The last span ends where the stream does.
    let last = max(0, stream.count - 1 - span)
    let starts = Array(stride(from: 0, to: last, by: span / 2)) + [last]
    let losses = losses(of: starts.map { Array(stream[$0..<min($0 + span + 1, stream.count)]) })
    return zip(starts, losses).reduce(into: []) { $0 += $1.1.dropFirst($0.count - $1.0) }
  }

  /// -ln p of the tokens of each sequence but its first, each sequence read by itself.
  func losses(of sequences: [[Int]]) -> [[Float]] {
    // Several at a time: enough rows for fast products, and a matrix of logits that stays small.
    let together = max(1, 4096 / max(sequences.map(\.count).max() ?? 1, 1))
    return stride(from: 0, to: sequences.count, by: together).flatMap { first in
      let some = Array(sequences[first..<min(first + together, sequences.count)])
      let likelihoods = logLikelihoods(of: some).scalars
      var place = 0
      return some.map { sequence in
        defer { place += sequence.count - 1 }
        return likelihoods[place..<(place + sequence.count - 1)].map { -$0 }
      }
    }
  }
}
