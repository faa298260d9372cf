import CKernels

extension Tensor {
  /// The sum of all scalars, shape [].
  public func sum() -> Tensor {
    let shape = shape
    let total = withScalars { x -> Tensor in
      guard let x = x.baseAddress else { return Tensor(0) }
      return sumOverRows(rows: count, columns: 1, width: 1, shape: []) {
        $1.pointee += pk_sum(x + $0.lowerBound, $0.count)
      }
    }
    return total.recorded(from: self) { Tensor(repeating: $0.scalar, shape: shape) }
  }

  /// The mean of all scalars, shape [].
  ///
  /// - Precondition: there is one.
  public func mean() -> Tensor {
    precondition(count > 0, "the mean of shape \(shape)")
    return sum() / Float(count)
  }

  /// The sum of each row of the last axis: […, d] → […].
  public func sums() -> Tensor { sums(times: 1) }

  /// The mean of each row of the last axis: […, d] → […].
  public func means() -> Tensor { sums(times: 1 / Float(rowsAndColumns.columns)) }

  private func sums(times a: Float) -> Tensor {
    let (rows, columns) = rowsAndColumns
    let shape = shape
    let value = Tensor(shape: Array(shape.dropLast())) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        parallel(rows, grain: rowGrain(columns)) {
          pk_sum_rows(x + $0.lowerBound * columns, a, y + $0.lowerBound, $0.count, columns)
        }
      }
    }
    return value.recorded(from: self) { gradient in
      Tensor(shape: shape) { y in
        gradient.withScalars { g in
          for r in 0..<rows { (y + r * columns).update(repeating: a * g[r], count: columns) }
        }
      }
    }
  }

  /// The sum over all rows: […, d] → [d].
  public func summedRows() -> Tensor {
    let whole = shape
    return summed(to: [rowsAndColumns.columns]).recorded(from: self) { Tensor(zeros: whole) + $0 }
  }
}
