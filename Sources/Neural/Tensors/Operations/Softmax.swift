import CKernels

extension Tensor {
  /// The softmax of each row of the last axis. -∞ weighs exactly nothing.
  public func softmax() -> Tensor {
    let y = mappedRows(pk_softmax)
    return y.recorded(from: self) { y.mappedRows(with: $0, pk_d_softmax) }
  }

  /// The logarithm of the softmax of each row, without its underflow.
  public func logSoftmax() -> Tensor {
    let y = mappedRows(pk_log_softmax)
    return y.recorded(from: self) { y.mappedRows(with: $0, pk_d_log_softmax) }
  }
}
