import CKernels

extension Tensor {
  /// The log-probability that each row's softmax gives its target: [rows, vocabulary] → [rows].
  ///
  /// Fused: neither the probabilities nor their logarithms are kept; the backward pass recomputes
  /// them from one number per row.
  ///
  /// - Parameter targets: one column per row; a negative one gives 0 and no gradient.
  public func logLikelihoods(of targets: [Int]) -> Tensor {
    let (rows, columns) = rowsAndColumns
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows of shape \(shape)")
    for target in targets { precondition(target < columns, "target \(target) of \(columns) columns") }
    let columnsWanted = targets.map { Int32(max(-1, $0)) }
    let logSums = Storage(count: rows)
    let value = Tensor(shape: shape.dropLast()) { y in
      reading(self) { x in
        columnsWanted.withUnsafeBufferPointer { targets in
          parallel(rows, grain: rowGrain(columns)) {
            let at = $0.lowerBound
            pk_log_likelihood(
              x + at * columns, targets.baseAddress! + at, y + at, logSums.base + at, $0.count, columns)
          }
        }
      }
    }
    guard isTracked else { return value }
    let x = detached
    return value.recorded(from: self) { gradient in
      Tensor(shape: x.shape) { dx in
        reading(x, gradient) { x, g in
          columnsWanted.withUnsafeBufferPointer { targets in
            parallel(rows, grain: rowGrain(columns)) {
              let at = $0.lowerBound
              pk_d_log_likelihood(
                x + at * columns, targets.baseAddress! + at, logSums.base + at, g + at, dx + at * columns, $0.count,
                columns)
            }
          }
        }
      }
    }
  }

  /// The mean of -log p(target) over the rows whose target is not negative, shape [].
  ///
  /// - Parameters:
  ///   - targets: one column per row; negative ones do not count.
  ///   - weights: one per row, for a weighted mean; nil is 1 for all.
  /// - Precondition: the weights of the rows that count do not add up to 0.
  public func crossEntropy(_ targets: [Int], weights: [Float]? = nil) -> Tensor {
    precondition(
      weights.map { $0.count == targets.count } ?? true, "\(weights?.count ?? 0) weights for \(targets.count) targets")
    let each = targets.indices.map { targets[$0] < 0 ? 0 : weights?[$0] ?? 1 }
    let total = each.reduce(0.0) { $0 + Double($1) }
    precondition(total != 0, "no target counts")
    let shares = Tensor(each.map { Float(-Double($0) / total) })
    return (logLikelihoods(of: targets).reshaped(targets.count) * shares).sum()
  }
}
