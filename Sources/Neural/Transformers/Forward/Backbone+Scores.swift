import Palimpsest
import Tensors

extension Backbone {
  /// What the model gives each token of each sequence that has one before it: log-probabilities, those of
  /// the first sequence first. [tokens - sequences]
  public func logLikelihoods(of sequences: [[Int]], with adapter: Adapter? = nil) -> Tensor {
    let states = states(of: sequences.map { Passage(Array($0.dropLast()), adapter: adapter) })
    return logits(of: states).logLikelihoods(of: sequences.flatMap { $0.dropFirst() })
  }

  /// The mean of -log p over all tokens that have one before them, shape [].
  ///
  /// - Parameters:
  ///   - weights: per sequence and token, for instance 0 where a prompt stands; nil counts all alike. The first
  ///     token's weight is not looked at.
  ///   - adapter: what is to learn, where it is not the model.
  /// - Precondition: the weights add up to more than 0.
  public func loss(on sequences: [[Int]], weights: [[Float]]? = nil, with adapter: Adapter? = nil) -> Tensor {
    let states = states(of: sequences.map { Passage(Array($0.dropLast()), adapter: adapter) })
    let targets = sequences.flatMap { $0.dropFirst() }
    let weights = weights.map { $0.flatMap { $0.dropFirst() } }
    guard case .tensor(let head) = head else {
      return logits(of: states).crossEntropy(targets, weights: weights)
    }
    // Without the matrix of all logits, which for a large vocabulary is most of a step's memory.
    return states.hidden.crossEntropy(head: head, targets, weights: weights)
  }

  /// The log-probability of tokens of passages that may have vectors, residuals and distributions in them, at
  /// temperature 1. Gradients flow where weights, adapters or what entered are tracked.
  ///
  /// - Parameter masks: per passage and position, whether it is scored; a passage's first position and vectors never
  ///   are. nil scores every token that has a position before it.
  /// - Returns: per passage, [scored tokens] in their order.
  /// - Precondition: no passage recalls rows; for those there is `scores(awaiting:masks:)`. A mask is as long as its
  ///   passage.
  public func scores(of passages: [Passage], masks: [[Bool]]? = nil) -> [Tensor] {
    scores(from: states(of: passages), of: passages, masks)
  }

  /// The same for passages that recall rows.
  ///
  /// - Throws: what row sources throw; `RowError`.
  public func scores(
    awaiting passages: [Passage], masks: [[Bool]]? = nil, isolation: isolated (any Actor)? = #isolation
  ) async throws -> [Tensor] {
    scores(from: try await states(awaiting: passages), of: passages, masks)
  }

  private func scores(from states: States, of passages: [Passage], _ masks: [[Bool]]?) -> [Tensor] {
    var (rows, targets, counts) = ([Int](), [Int](), [Int]())
    for (index, passage) in passages.enumerated() {
      let mask = masks?[index]
      precondition(
        mask.map { $0.count == passage.count } ?? true, "a mask of \(mask?.count ?? 0) for \(passage.count) positions")
      let before = targets.count
      for (position, token) in passage.ids.enumerated() where position > 0 && mask?[position] ?? true {
        guard let token else { continue }
        rows.append(states.spans[index].lowerBound + position - 1)
        targets.append(token)
      }
      counts.append(targets.count - before)
    }
    guard !targets.isEmpty else { return passages.map { _ in Tensor(zeros: [0]) } }
    let found = logits(of: states, rows: rows).logLikelihoods(of: targets)
    var start = 0
    return counts.map { count in
      defer { start += count }
      return found.rows(start..<(start + count))
    }
  }
}

extension Passage {
  /// The token at each position; nil where a vector stands.
  var ids: [Int?] {
    parts.flatMap { part -> [Int?] in
      switch part {
      case .tokens(let tokens): tokens
      case .vectors(let vectors): [Int?](repeating: nil, count: vectors.shape[0])
      }
    }
  }
}
