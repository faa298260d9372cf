import CKernels

/// The Euclidean norm of all gradients together.
public func globalNorm(_ gradients: [Tensor]) -> Float {
  var total = 0.0
  for gradient in gradients {
    // One sum per run of scalars, added in their order: the same bits for any number of threads.
    let parts = (gradient.count + sumGrain - 1) / sumGrain
    var sums = [Double](repeating: 0, count: parts)
    gradient.withScalars { x in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let x = x.baseAddress, let sums = sums.baseAddress else { return }
        parallel(parts) {
          sums[$0] = pk_squares(x + $0 * sumGrain, min(sumGrain, gradient.count - $0 * sumGrain))
        }
      }
    }
    total += sums.reduce(0, +)
  }
  return Float(total.squareRoot())
}

/// The factor that brings the global norm of all gradients to at most `most`; pass it as the
/// optimiser's `scale`.
public func clippingScale(_ gradients: [Tensor], to most: Float) -> Float {
  let norm = globalNorm(gradients)
  return norm > most ? most / norm : 1
}
