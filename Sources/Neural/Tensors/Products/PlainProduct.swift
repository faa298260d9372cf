extension StoredMatrix {
  /// The plain product, summed in double precision: the oracle for the kernels.
  ///
  /// - Returns: the sums, [m, rows], and with each the sum of the magnitudes it was made of, in which bounds on
  ///   errors are stated.
  public func plainProduct(_ x: Tensor) -> (sums: [Double], magnitudes: [Double]) {
    precondition(
      x.shape.count == 2 && x.shape[1] == columns, "x of shape \(x.shape) times a stored \(rows) by \(columns)")
    var sums: [Double] = [], magnitudes: [Double] = []
    let w = tensor().scalars, x = (x.shape[0], x.scalars)
    for i in 0..<x.0 {
      for j in 0..<rows {
        var sum = 0.0, magnitude = 0.0
        for p in 0..<columns {
          let term = Double(x.1[i * columns + p]) * Double(w[j * columns + p])
          sum += term
          magnitude += abs(term)
        }
        sums.append(sum)
        magnitudes.append(magnitude)
      }
    }
    return (sums, magnitudes)
  }
}
