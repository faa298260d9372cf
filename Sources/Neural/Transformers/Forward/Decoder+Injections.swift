import Palimpsest
import Tensors

extension Decoder {
  /// The stream at its beginning: embeddings of tokens, and vectors in their places.
  func embedded(_ passages: [Passage]) -> Tensor {
    let tokens = passages.map(\.tokens)
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

  /// The rows that the passages' memories return for a layer's queries.
  ///
  /// - Parameter queries: [N, heads, headWidth], not rotated.
  func recalled(
    _ passages: [Passage], _ queries: Tensor, _ spans: [Range<Int>], _ places: [Place], layer: Int
  ) -> Recalled {
    var keys: [Tensor] = []
    var values: [Tensor] = []
    var count = 0
    let ranges = passages.indices.map { index -> Range<Int> in
      let injections = passages[index].injections
      guard let source = injections.rows, source.layers.contains(layer), !spans[index].isEmpty,
        let rows = source.rows(for: queries.rows(spans[index]).exchanging(0, 1), layer: layer),
        rows.keys.count > 0
      else { return count..<count }
      let wanted = [configuration.keyHeads, rows.keys.shape.dropFirst().first ?? 0, configuration.headWidth]
      precondition(
        rows.keys.shape == wanted && rows.values.shape == wanted,
        "recalled keys of shape \(rows.keys.shape) and values of shape \(rows.values.shape) for \(wanted)")
      var turned = rows.keys.exchanging(0, 1)
      if injections.rowPosition == .before {
        let first = places[index].past
        turned = turned.rotated(
          by: Rotation(
            at: Array((first - wanted[1])..<first), frequencies: frequencies, scale: configuration.rotary.attention))
      }
      keys.append(turned)
      values.append(rows.values.exchanging(0, 1))
      defer { count += wanted[1] }
      return count..<(count + wanted[1])
    }
    guard !keys.isEmpty else { return Recalled(rows: nil, spans: ranges) }
    return Recalled(rows: (Tensor.concatenated(keys), Tensor.concatenated(values)), spans: ranges)
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
