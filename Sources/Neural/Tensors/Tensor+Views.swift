/// Other readings of the same scalars: nothing is copied.
extension Tensor {
  /// The same scalars in another shape. One size may be -1 and is then worked out.
  ///
  /// - Precondition: both shapes hold as many scalars.
  public func reshaped(_ shape: Int...) -> Tensor { reshaped(shape) }

  /// The same scalars in another shape. One size may be -1 and is then worked out.
  ///
  /// - Precondition: both shapes hold as many scalars.
  public func reshaped(_ wanted: [Int]) -> Tensor {
    var shape = wanted
    if let open = shape.firstIndex(of: -1) {
      shape[open] = 1
      let rest = Tensor.count(of: shape)
      precondition(rest > 0 && count % rest == 0, "shape \(self.shape) does not become \(wanted)")
      shape[open] = count / rest
    }
    precondition(
      Tensor.count(of: shape) == count, "\(count) scalars of shape \(self.shape) do not fill shape \(wanted)")
    let old = self.shape
    return Tensor(shape: shape, storage: storage, start: start)
      .recorded(from: self) { $0.reshaped(old) }
  }

  /// A run of rows: indices of the first axis. [n, …] → [range.count, …].
  ///
  /// - Precondition: the range lies within the first axis.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(!shape.isEmpty, "a scalar has no rows")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[0], "rows \(range) of shape \(shape)")
    let width = Tensor.count(of: Array(shape.dropFirst()))
    let whole = shape
    return Tensor(
      shape: [range.count] + shape.dropFirst(), storage: storage, start: start + range.lowerBound * width
    )
    .recorded(from: self) { gradient in
      Tensor(shape: whole) { base in
        base.update(repeating: 0, count: Tensor.count(of: whole))
        gradient.withScalars {
          (base + range.lowerBound * width).update(from: $0.baseAddress!, count: $0.count)
        }
      }
    }
  }

  /// One row: [n, …] → […].
  public func row(_ index: Int) -> Tensor { rows(index..<(index + 1)).reshaped(Array(shape.dropFirst())) }

  /// The scalars as rows of the last axis: how many, and how wide.
  var rowsAndColumns: (rows: Int, columns: Int) {
    let columns = shape.last ?? 1
    return (columns == 0 ? 0 : count / columns, columns)
  }
}
