import Tensors

extension Decoder {
  /// The log-probabilities of every token but the first of each sequence, sequence by sequence: [tokens -
  /// sequences].
  public func logLikelihoods(of sequences: [[Int]], with adapter: Adapter? = nil) -> Tensor {
    let states = states(of: sequences.map { Passage(Array($0.dropLast()), adapter: adapter) })
    return logits(of: states).logLikelihoods(of: sequences.flatMap { $0.dropFirst() })
  }

  /// The mean of -log p over all tokens that have one before them, shape [].
  ///
  /// - Parameters:
  ///   - weights: per sequence and token, for instance 0 where a prompt stands; nil counts all alike. The first
  ///     token's weight is not looked at.
  ///   - adapter: the adapter that learns; nil lets the decoder learn.
  /// - Precondition: the weights add up to more than 0.
  public func loss(on sequences: [[Int]], weights: [[Float]]? = nil, with adapter: Adapter? = nil) -> Tensor {
    let states = states(of: sequences.map { Passage(Array($0.dropLast()), adapter: adapter) })
    let targets = sequences.flatMap { $0.dropFirst() }
    let weights = weights.map { $0.flatMap { $0.dropFirst() } }
    guard case .tensor(let head) = head ?? embedding else {
      return logits(of: states).crossEntropy(targets, weights: weights)
    }
    // Without the matrix of all logits, which for a large vocabulary is most of a step's memory.
    return states.hidden.crossEntropy(head: head, targets, weights: weights)
  }
}
