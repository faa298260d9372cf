import CKernels

extension Tensor {
  /// Each row of the last axis divided by its root mean square, times a gain: […, d], [d] → […, d].
  ///
  /// Source: RMSNorm (arXiv:1910.07467), with epsilon under the root as Llama has it.
  public func rmsNormed(_ gain: Tensor, epsilon: Float = 1e-6) -> Tensor {
    let (rows, columns) = rowsAndColumns
    precondition(gain.shape == [columns], "a gain of shape \(gain.shape) for rows of shape \(shape)")
    let inverse = Storage(count: rows)
    let value = Tensor(shape: shape) { y in
      reading(self, gain) { x, gain in
        parallel(rows, grain: rowGrain(columns)) {
          let start = $0.lowerBound * columns
          pk_rms_norm(x + start, gain, epsilon, y + start, inverse.base + $0.lowerBound, $0.count, columns)
        }
      }
    }
    guard isTracked || gain.isTracked else { return value }
    let (x, weight, shape) = (detached, gain.detached, shape)
    return value.recorded(from: [self, gain]) { gradient in
      let dx = Storage(count: rows * columns)
      let dgain = reading(x, weight, gradient) { x, weight, g in
        sumOverRows(rows: rows, columns: columns, width: columns, shape: [columns]) { range, sum in
          let start = range.lowerBound * columns
          pk_d_rms_norm(
            x + start, weight, inverse.base + range.lowerBound, g + start, dx.base + start, sum, range.count, columns)
        }
      }
      return [Tensor(shape: shape, storage: dx), dgain]
    }
  }

  /// Each row of the last axis moved and scaled to mean 0 and variance 1, times a gain, plus a bias.
  ///
  /// Source: layer normalisation (arXiv:1607.06450).
  public func layerNormed(_ gain: Tensor, _ bias: Tensor, epsilon: Float = 1e-5) -> Tensor {
    let (rows, columns) = rowsAndColumns
    precondition(
      gain.shape == [columns] && bias.shape == [columns],
      "a gain of shape \(gain.shape) and a bias of shape \(bias.shape) for rows of shape \(shape)")
    let moments = Storage(count: 2 * rows)
    let value = Tensor(shape: shape) { y in
      reading(self, gain, bias) { x, gain, bias in
        parallel(rows, grain: rowGrain(columns)) {
          let start = $0.lowerBound * columns
          pk_layer_norm(
            x + start, gain, bias, epsilon, y + start, moments.base + 2 * $0.lowerBound, $0.count, columns)
        }
      }
    }
    guard isTracked || gain.isTracked || bias.isTracked else { return value }
    let (x, weight, shape) = (detached, gain.detached, shape)
    return value.recorded(from: [self, gain, bias]) { gradient in
      let dx = Storage(count: rows * columns)
      let both = reading(x, weight, gradient) { x, weight, g in
        sumOverRows(rows: rows, columns: columns, width: 2 * columns, shape: [2, columns]) { range, sum in
          let start = range.lowerBound * columns
          pk_d_layer_norm(
            x + start, weight, moments.base + 2 * range.lowerBound, g + start, dx.base + start, sum, sum + columns,
            range.count, columns)
        }
      }
      return [Tensor(shape: shape, storage: dx), both.row(0), both.row(1)]
    }
  }
}
