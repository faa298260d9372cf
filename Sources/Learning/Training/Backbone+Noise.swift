import Tensors
import Transformers

extension Backbone {
  /// The loss on target sequences for input sequences of the same lengths. With equal sequences it is
  /// `loss(on:)`.
  ///
  /// - Precondition: as many, each as long.
  public func loss(on sequences: [[Int]], shown: [[Int]]) -> Tensor {
    precondition(
      sequences.map(\.count) == shown.map(\.count), "\(sequences.map(\.count)) tokens, shown \(shown.map(\.count))")
    let states = states(of: shown.map { Passage(Array($0.dropLast())) })
    return logits(of: states).crossEntropy(sequences.flatMap { $0.dropFirst() })
  }
}
