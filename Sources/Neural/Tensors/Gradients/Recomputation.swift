/// Runs a part of a model without keeping its intermediate results: the backward pass computes them
/// again (activation checkpointing).
///
/// Memory for time: of a block's activations only its inputs stay, for one more forward pass.
///
///     let y = recomputed([x, w]) { block($0[0], weights: $0[1]) }
///
/// - Parameters:
///   - inputs: every tracked tensor the body depends on, parameters too.
///   - body: the same value for the same inputs. It may capture nothing tracked.
public func recomputed(_ inputs: [Tensor], _ body: @escaping @Sendable ([Tensor]) -> Tensor) -> Tensor {
  let constants = inputs.map(\.detached)
  let value = body(constants)
  precondition(!value.isTracked, "the body captures a tracked tensor; hand it in as an input")
  let needed = inputs.indices.filter { inputs[$0].isTracked }
  return value.recording(from: inputs) { gradient in
    var leaves = constants
    for index in needed { leaves[index] = leaves[index].tracked() }
    let found = sparseGradients(of: body(leaves), weighted: gradient, for: needed.map { leaves[$0] })
    var slopes = [Gradient?](repeating: nil, count: leaves.count)
    for (index, slope) in zip(needed, found) { slopes[index] = slope }
    return slopes
  }
}
