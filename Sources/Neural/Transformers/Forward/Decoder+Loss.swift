import Tensors

extension Decoder {
  /// What the model gives each token of each sequence that has one before it: log-probabilities, those of
  /// the first sequence first. [tokens - sequences]
  public func logLikelihoods(of sequences: [[Int]]) -> Tensor {
    let states = states(of: sequences.map { Passage(Array($0.dropLast())) })
    return logits(of: states).logLikelihoods(of: sequences.flatMap { $0.dropFirst() })
  }

  /// The mean of -log p over all tokens that have one before them, shape [].
  ///
  /// - Parameter weights: per sequence and token, for instance 0 where a prompt stands; nil counts all alike.
  ///   The first token's weight is not looked at.
  /// - Precondition: the weights add up to more than 0.
  public func loss(on sequences: [[Int]], weights: [[Float]]? = nil) -> Tensor {
    let states = states(of: sequences.map { Passage(Array($0.dropLast())) })
    return logits(of: states).crossEntropy(
      sequences.flatMap { $0.dropFirst() }, weights: weights.map { $0.flatMap { $0.dropFirst() } })
  }
}
