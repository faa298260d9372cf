import Tensors
import Transformers

extension Decoder {
  /// The loss on sequences of which the model is shown others of the same lengths: what it should say, and what it
  /// is told. With both the same it is `loss(on:)`.
  ///
  /// - Precondition: as many, each as long.
  public func loss(on sequences: [[Int]], shown: [[Int]]) -> Tensor {
    precondition(
      sequences.map(\.count) == shown.map(\.count), "\(sequences.map(\.count)) tokens, shown \(shown.map(\.count))")
    let states = states(of: shown.map { Passage(Array($0.dropLast())) })
    return logits(of: states).crossEntropy(sequences.flatMap { $0.dropFirst() })
  }
}
