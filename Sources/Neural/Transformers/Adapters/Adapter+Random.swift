import Foundation
import Palimpsest
import Tensors

extension Adapter {
  /// An adapter that has learned nothing: A uniform within ±1/√columns, B zero, so that it changes nothing yet.
  ///
  /// - Parameters:
  ///   - alpha: the change is multiplied with alpha / rank; the rank itself without one.
  ///   - matrices: in every layer.
  ///   - seed: each A takes its random numbers from it and its own name.
  /// - Precondition: a rank of 1 at least, a matrix at least.
  public init(
    for configuration: DecoderConfiguration, rank: Int, alpha: Float? = nil,
    matrices: Set<Matrix> = [.queries, .values], isRankStabilised: Bool = false, seed: UInt64
  ) {
    precondition(rank > 0, "an adapter of rank \(rank)")
    var changes: [Place: LowRankChange] = [:]
    for layer in 0..<configuration.layers {
      for matrix in matrices {
        let place = Place(layer: layer, matrix: matrix)
        let (rows, columns) = configuration.shape(of: matrix)
        let bound = 1 / Float(columns).squareRoot()
        var random = SeededGenerator(seed: seed, purpose: place.name)
        let down = Tensor(shape: [rank, columns]) { scalars in
          for index in 0..<(rank * columns) { scalars[index] = Float.random(in: -bound...bound, using: &random) }
        }
        changes[place] = LowRankChange(
          down: down, up: Tensor(zeros: [rows, rank]), alpha: alpha ?? Float(rank))
      }
    }
    self.init(changes, isRankStabilised: isRankStabilised)
  }
}

extension DecoderConfiguration {
  /// Rows and columns of a matrix, [out, in].
  public func shape(of matrix: Adapter.Matrix) -> (rows: Int, columns: Int) {
    switch matrix {
    case .queries: (heads * headWidth, width)
    case .keys, .values: (keyHeads * headWidth, width)
    case .output: (width, heads * headWidth)
    case .gate, .up: (innerWidth, width)
    case .down: (width, innerWidth)
    }
  }
}
