import Palimpsest
import Tensors

extension Decoder {
  /// The stream at its beginning: embeddings of tokens, and vectors in their places.
  func embedded(_ passages: [Passage]) -> Tensor {
    let tokens = passages.map { $0.tokens }
    if tokens.allSatisfy({ $0 != nil }) { return embedding.gathered(tokens.flatMap { $0 ?? [] }) }
    return Tensor.concatenated(
      passages.flatMap(\.parts).filter { $0.count > 0 }.map { part in
        switch part {
        case .tokens(let tokens): return embedding.gathered(tokens)
        case .vectors(let vectors):
          precondition(
            vectors.shape.count == 2 && vectors.shape[1] == configuration.width,
            "vectors of shape \(vectors.shape) for a stream of width \(configuration.width)")
          return vectors
        }
      })
  }

  /// The stream with the residuals of the passages added before a layer.
  func adding(_ passages: [Passage], to x: Tensor, _ spans: [Range<Int>], layer: Int) -> Tensor {
    guard passages.contains(where: { $0.injections.residuals.contains { $0.layer == layer } }) else { return x }
    return Tensor.concatenated(
      zip(passages, spans).map { passage, span in
        passage.injections.residuals.filter { $0.layer == layer }.reduce(x.rows(span)) { rows, residual in
          precondition(
            residual.tensor.shape == [configuration.width] || residual.tensor.shape == rows.shape,
            "a residual of shape \(residual.tensor.shape) for a stream of shape \(rows.shape)")
          return rows + residual.tensor
        }
      })
  }
}

extension Injections {
  /// Logits with the distributions mixed in, as logarithms of probabilities; untouched without any.
  ///
  /// Source: the interpolation of kNN-LM (arXiv:1911.00172).
  func mixed(into logits: Tensor) -> Tensor {
    distributions.reduce(logits) { logits, distribution in
      precondition(
        distribution.tensor.shape == [logits.shape[1]],
        "a distribution of shape \(distribution.tensor.shape) for a vocabulary of \(logits.shape[1])")
      guard distribution.weight != 0 else { return logits }
      return (logits.softmax() * (1 - distribution.weight) + distribution.tensor * distribution.weight).log()
    }
  }
}
