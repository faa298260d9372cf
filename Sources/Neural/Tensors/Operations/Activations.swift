import CKernels

/// Functions of each scalar. Their exponential is a polynomial of relative error 2e-7.
extension Tensor {
  /// eˣ. Exact to 2e-7 for |x| < 87; beyond, it stays at the bounds' values.
  public func exp() -> Tensor {
    let y = mapped(pk_exp)
    return y.recorded(from: self) { $0 * y }
  }

  /// The natural logarithm.
  public func log() -> Tensor {
    let x = detached
    return mapped(pk_log).recorded(from: self) { $0 / x }
  }

  /// √x of each scalar; NaN below 0. Same shape.
  public func squareRoot() -> Tensor {
    let y = mapped(pk_sqrt)
    return y.recorded(from: self) { ($0 / y).scaled(by: 0.5) }
  }

  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Tensor { withSlopeOfOutput(pk_sigmoid, pk_d_sigmoid) }

  /// tanh x of each scalar, -1...1. Same shape.
  public func tanh() -> Tensor { withSlopeOfOutput(pk_tanh, pk_d_tanh) }

  /// x·sigmoid(x).
  public func silu() -> Tensor { withSlopeOfInput(pk_silu, pk_d_silu) }

  /// The tanh form: x/2·(1 + tanh(√(2/π)(x + 0.044715x³))).
  public func gelu() -> Tensor { withSlopeOfInput(pk_gelu, pk_d_gelu) }

  /// max(x, 0), with slope 0 at 0.
  public func relu() -> Tensor { withSlopeOfInput(pk_relu, pk_d_relu) }

  /// log(1 + eˣ).
  public func softplus() -> Tensor {
    let x = detached
    return mapped(pk_softplus).recorded(from: self) { $0 * x.sigmoid() }
  }

  private func withSlopeOfOutput(_ kernel: UnaryKernel, _ slope: @escaping SlopeKernel) -> Tensor {
    let y = mapped(kernel)
    return y.recorded(from: self) { y.mapped(with: $0, slope) }
  }

  private func withSlopeOfInput(_ kernel: UnaryKernel, _ slope: @escaping SlopeKernel) -> Tensor {
    let x = detached
    return mapped(kernel).recorded(from: self) { x.mapped(with: $0, slope) }
  }
}
