import Foundation
import Tensors
import Testing

/// Deterministic scalars between -1 and 1 that look random.
func noise(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  let count = shape.reduce(1, *)
  return Tensor(
    (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Float(state >> 40) / Float(1 << 23) - 1
    }, shape: shape)
}

/// Checks the gradients of a function of several tensors against central differences.
///
/// The function's value is weighed with fixed noise, so that no error cancels in a sum. In float32 a
/// difference over 2·`step` carries an error of about 1e-7/step of the sum: tolerances say so.
func expectGradients(
  of inputs: [Tensor], step: Float = 1e-2, within tolerance: Float = 3e-3,
  sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) -> Tensor
) {
  let shape = function(inputs).shape
  let weights = noise(shape, seed: 99)
  func value(_ inputs: [Tensor]) -> Double {
    zip(function(inputs).scalars, weights.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  let leaves = inputs.map { $0.tracked() }
  let found = gradients(of: (function(leaves) * weights).sum(), for: leaves)
  for (index, input) in inputs.enumerated() {
    #expect(found[index].shape == input.shape, sourceLocation: sourceLocation)
    let slopes = found[index].scalars
    let scale = max(1, slopes.reduce(0) { max($0, abs($1)) })
    for place in stride(from: 0, to: input.count, by: max(1, input.count / 40)) {
      func moved(_ by: Float) -> [Tensor] {
        var inputs = inputs
        inputs[index].withMutableScalars { $0[place] += by }
        return inputs
      }
      let difference = Float((value(moved(step)) - value(moved(-step))) / Double(2 * step))
      #expect(
        abs(difference - slopes[place]) <= tolerance * scale,
        "input \(index), scalar \(place): gradient \(slopes[place]), difference \(difference)",
        sourceLocation: sourceLocation)
    }
  }
}

private let threads = NSLock()

/// Runs something with one thread and with two, while nobody else does.
func withThreads<Result>(_ body: () throws -> Result) rethrows -> (one: Result, two: Result) {
  threads.lock()
  defer { threads.unlock() }
  let before = Threads.count
  defer { Threads.count = before }
  Threads.count = 1
  let one = try body()
  Threads.count = 2
  return (one, try body())
}

extension Tensor {
  /// Bit patterns, so that equality means the same bits.
  var bits: [UInt32] { scalars.map(\.bitPattern) }

  /// The largest distance to another tensor, relative to its largest scalar.
  func distance(to other: Tensor) -> Float {
    precondition(shape == other.shape, "shape \(shape) against \(other.shape)")
    let scale = max(1e-6, other.scalars.reduce(0) { max($0, abs($1)) })
    return zip(scalars, other.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
  }
}
