import Foundation
import Palimpsest
import Tensors

/// Weights of an untrained model: matrices normally distributed, gains one, biases zero.
///
/// Every tensor takes its random numbers from the seed and its own name, so that a model with one layer
/// more has the same first layers.
public struct RandomWeights: WeightSource {
  /// Decides every weight, together with the tensor's name.
  public var seed: UInt64
  /// The standard deviation of the matrices.
  public var deviation: Float
  /// Matrices that write into the residual stream are divided by √(2·layers), so that the stream does not
  /// grow with depth (GPT-2's rule); nil leaves them unchanged.
  public var layers: Int?

  /// A standard deviation of 0.02, the same in all matrices unless `layers` is given.
  public init(seed: UInt64, deviation: Float = 0.02, layers: Int? = nil) {
    self.seed = seed
    self.deviation = deviation
    self.layers = layers
  }

  /// [count]: ones for the gains of norms, else zeros.
  public func vector(_ name: String, count: Int) -> Tensor {
    Tensor(repeating: name.hasSuffix("norm.weight") ? 1 : 0, shape: [count])
  }

  /// [rows, columns], normally distributed around 0.
  public func matrix(_ name: String, rows: Int, columns: Int) -> Weight {
    let writes = name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight")
    let scale = writes ? layers.map { deviation / Float(2 * $0).squareRoot() } ?? deviation : deviation
    var random = SeededGenerator(seed: seed, purpose: name)
    return .tensor(
      Tensor(shape: [rows, columns]) { scalars in
        // Box and Muller: two normal numbers of two uniform ones.
        for index in stride(from: 0, to: rows * columns, by: 2) {
          let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
          let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &random)
          scalars[index] = scale * Float(radius * cos(angle))
          if index + 1 < rows * columns { scalars[index + 1] = scale * Float(radius * sin(angle)) }
        }
      })
  }
}
